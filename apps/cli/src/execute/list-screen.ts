import type { Answer } from '@pm/operations';
import { usageError } from '../call/cli-error.ts';
import type { VerbCall } from '../call/verb-call.ts';
import type { CliProcess } from '../process/cli-process.ts';
import { styleOf } from '../process/terminal.ts';
import type { Rendering } from '../render/answer.ts';
import { fullScreen } from '../top/terminal/full-screen.ts';
import { onSuspend } from '../top/terminal/suspend.ts';

/** A list that has the whole terminal and is drawn anew with each answer, and when the size of the terminal changes. */
export interface ListScreen {
  readonly show: (answer: Answer) => void;
  /** Gives the terminal back as it was. */
  readonly leave: () => void;
}

/**
 * Refuses `--watch` where a list cannot be drawn anew.
 * @throws a CliError of code `usage`, with the call that prints changes line by line
 */
export function assertWatchable({ stdout, env }: CliProcess, json: boolean, invocation: string): void {
  const instead = `${invocation} watch${json ? ' --json' : ''}`;
  if (json) throw usageError('pm ls --watch draws a list on a terminal and prints no JSON; pm watch does', instead);
  if (stdout.isTTY !== true)
    throw usageError(
      'pm ls --watch needs a terminal; into a file or a pipe, pm watch prints a line for each change',
      instead,
    );
  if (env['TERM'] === 'dumb')
    throw usageError('pm ls --watch cannot move the cursor of this terminal (TERM=dumb)', instead);
}

/** Takes the whole terminal until `leave`. The keyboard is left alone, so Ctrl-C and Ctrl-Z are signals as usual. */
export function listScreen(call: VerbCall, rendering: Rendering, cliProcess: CliProcess): ListScreen {
  const stdout = cliProcess.stdout as unknown as NodeJS.WriteStream;
  const screen = fullScreen(undefined, stdout);
  let last: { readonly answer: Answer; readonly at: number } | undefined;
  const draw = (): void => {
    if (last === undefined) return;
    const { columns, rows } = screen.size();
    const style = { ...styleOf(stdout, cliProcess, last.at), columns };
    const lines = screenLines(rendering.listLines(call, last.answer, style), rows, style.clock(last.at));
    screen.show({ lines, cursor: { row: rows - 1, column: 0 } });
  };
  const redraw = (): void => {
    screen.forget();
    draw();
  };
  const suspension = onSuspend(cliProcess, screen, redraw);
  cliProcess.on('exit', screen.leave);
  stdout.on('resize', redraw);
  screen.enter();
  return {
    show: (answer) => {
      last = { answer, at: Date.now() };
      draw();
    },
    leave: () => {
      suspension.dispose();
      stdout.off('resize', redraw);
      screen.leave();
    },
  };
}

/**
 * As many lines as a screen has rows: the first ones of the list, how many are left out, and below them how to leave. The last row stays
 * empty for the cursor.
 */
export function screenLines(list: readonly string[], rows: number, clock: string): string[] {
  const room = Math.max(rows - 2, 1);
  const shown = list.length <= room ? list : [...list.slice(0, room - 1), `… ${list.length - room + 1} more`];
  const lines = [...shown, ...Array<string>(Math.max(room - shown.length, 0)).fill(''), `${clock} · Ctrl-C ends this`];
  return [...lines, ''].slice(0, Math.max(rows, 1));
}
