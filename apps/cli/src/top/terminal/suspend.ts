import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { CliProcess } from '../../process/cli-process.ts';
import type { FullScreen } from './full-screen.ts';

/** How pm gives the terminal to the shell and takes it back. */
export interface Suspension {
  /** Stops the whole process group, as a terminal does on Ctrl-Z: a shell has its prompt only when npx or the script that called pm has stopped too. */
  readonly suspend: () => void;
  readonly dispose: () => void;
}

/** What Ctrl-Z does, which a terminal in raw mode sends as a key, and a SIGTSTP or SIGCONT of somebody else. */
export function onSuspend(
  { on, off }: Pick<CliProcess, 'on' | 'off'>,
  screen: FullScreen,
  resumed: () => void,
): Suspension {
  const resume = (): void => {
    screen.enter();
    resumed();
  };
  const stop = (target: number): void => {
    if (process.pid <= 1) return; // the first process of a container has no shell to go to
    off('SIGTSTP', suspend); // without a listener the signal stops this process
    screen.leave();
    process.kill(target, 'SIGTSTP');
    // Goes on here after SIGCONT; at once if the process has no shell that could continue it, because the kernel drops the signal then.
    setImmediate(() => {
      on('SIGTSTP', suspend);
      resume();
    });
  };
  const suspend = (): void => stop(process.pid); // the group of a signal from outside has been signalled by its sender
  on('SIGTSTP', suspend);
  on('SIGCONT', resume);
  return {
    suspend: () => stop(stoppedByTerminal()),
    dispose: () => {
      off('SIGTSTP', suspend);
      off('SIGCONT', resume);
    },
  };
}

/** The process group of pm as kill(2) names it; pm alone if the group is not known. Never 0 or -1, which would be others. */
function stoppedByTerminal(): number {
  const group = Number(
    ownStat()?.[1] ?? spawnSync('ps', ['-o', 'pgid=', '-p', `${process.pid}`], { encoding: 'utf8' }).stdout,
  );
  return Number.isSafeInteger(group) && group > 1 ? -group : process.pid;
}

/** The group in /proc/self/stat, behind the name, which may contain parentheses; undefined where there is no /proc. */
function ownStat(): readonly string[] | undefined {
  try {
    return /^.*\) \S \d+ (\d+) /s.exec(readFileSync('/proc/self/stat', 'utf8')) ?? undefined;
  } catch {
    return undefined;
  }
}
