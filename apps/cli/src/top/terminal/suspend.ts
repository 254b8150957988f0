import type { CliProcess } from '../../process/cli-process.ts';
import type { FullScreen } from './full-screen.ts';

export interface Suspension {
  /** Gives the terminal to the shell until `fg`. */
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
  const suspend = (): void => {
    if (process.pid <= 1) return; // the first process of a container has no shell to go to
    off('SIGTSTP', suspend); // without a listener the signal stops this process
    screen.leave();
    process.kill(process.pid, 'SIGTSTP');
    // Goes on here after SIGCONT; at once if the process has no shell that could continue it, because the kernel drops the signal then.
    setImmediate(() => {
      on('SIGTSTP', suspend);
      resume();
    });
  };
  on('SIGTSTP', suspend);
  on('SIGCONT', resume);
  return {
    suspend,
    dispose: () => {
      off('SIGTSTP', suspend);
      off('SIGCONT', resume);
    },
  };
}
