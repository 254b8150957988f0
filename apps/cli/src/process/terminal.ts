import { fstatSync, readFileSync } from 'node:fs';
import type { Style } from '../text/style.ts';
import type { CliProcess } from './cli-process.ts';
import { invocationOf } from './invocation.ts';
import type { Output } from './sync-output.ts';

/** The style for this stream: for a terminal or a pipe, how wide, with colour or without. */
export function styleOf(
  stream: Pick<Output, 'isTTY' | 'columns'>,
  cliProcess: Pick<CliProcess, 'env' | 'argv' | 'caller'>,
  now: number,
): Style {
  const { isTTY: person = false, columns = 0 } = stream;
  return {
    person,
    columns: person && columns > 0 ? columns : 80,
    colour: isColoured(person, cliProcess.env),
    invocation: invocationOf(cliProcess),
    clock: (at) => clockOf(at, now),
  };
}

/**
 * The device number of this process's controlling terminal; undefined without one. Linux knows it even if every stream is redirected
 * (proc(5), field tty_nr). On other systems one of the three streams has to be the terminal.
 */
export function terminalOf(cliProcess: Pick<CliProcess, 'stdin' | 'stdout' | 'stderr'>): string | undefined {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const number = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[4];
    return number === undefined || number === '0' ? undefined : number;
  } catch {
    const { fd } = [cliProcess.stdin, cliProcess.stdout, cliProcess.stderr].find(({ isTTY }) => isTTY) ?? {};
    return fd === undefined ? undefined : String(fstatSync(fd).rdev);
  }
}

/** https://no-color.org and https://force-color.org: NO_COLOR wins, then FORCE_COLOR, then the kind of output. */
function isColoured(person: boolean, { NO_COLOR, FORCE_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return person && TERM !== 'dumb';
}

/** `14:32`, with the date before it if that is not today. */
function clockOf(at: number, now: number): string {
  const time = new Date(at);
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (time.toDateString() === new Date(now).toDateString()) return clock;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
