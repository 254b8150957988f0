import { existsSync, fstatSync, readFileSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { PmError } from '@pm/protocol';
import { quote } from '@pm/protocol/text';
import type { Context } from '../project/context.ts';
import type { Answer, Next } from '../shape/answer.ts';
import { commandLine } from './shell-syntax.ts';
import { type AskedStart, type StartVerb, startCall } from './start-call.ts';

/** What can be read from standard input now. */
export type Waiting =
  | { readonly kind: 'nothing' }
  /** `path`: where the file can be opened again. */
  | { readonly kind: 'data'; readonly from: string; readonly path?: string }
  /** It is a pipe, and no program is here that could tell whether it has data. */
  | { readonly kind: 'unknown' };

// Why: contributing/decisions/2026-11-29-standard-input-of-a-start.md
/** The refusal of a start whose caller gives data that the command would not get; undefined if there is none. */
export function unreadInputRefusal(
  verb: StartVerb,
  asked: AskedStart,
  command: readonly string[],
  context: Pick<Context, 'stdin' | 'env'>,
): Answer | undefined {
  if (context.stdin === undefined || asked.stdin === true) return undefined;
  const waiting = waitingInput(context.stdin, context.env);
  if (waiting.kind !== 'data') return undefined;
  const { from, path } = waiting;
  const message = `standard input is ${from}, and the command would get none of it; nothing was started. Pass it on with --stdin, let a shell open the file, or give this call an empty input with < /dev/null`;
  const fromShell = `${commandLine(command)} < ${quote(path ?? '')}`;
  const next: Next[] = [
    ...(path === undefined
      ? []
      : [startCall(verb, asked, { command: ['sh', '-c', fromShell] }, 'let a shell open the file')]),
    startCall(verb, asked, { stdin: true }, 'pass standard input on; redirect it as in this call'),
  ];
  return { runs: [], refusal: { kind: 'unread-input', message }, next };
}

/**
 * Refuses to pass an input on that the command could not use.
 * @throws PmError `usage` for a terminal in the background, for retries, and where the caller has no input
 */
export function checkStdin(verb: StartVerb, retries: number, stdin: number | undefined): void {
  const problem = (message: string, next: string): PmError => new PmError('usage', message, next);
  if (stdin === undefined)
    throw problem('--stdin: this caller has no standard input.', 'Start the command without it.');
  if (retries > 0)
    throw problem(
      '--stdin and --retries cannot be used together: only the first attempt would get the input.',
      "Let a shell open the file for each attempt: pm start load --retries 3 -- sh -c './load.sh < dump.sql'",
    );
  if (verb === 'start' && process.getBuiltinModule('node:tty').isatty(stdin))
    throw problem(
      '--stdin: a run in the background cannot read from a terminal.',
      'Run it in the foreground: pm run --stdin -- cat',
    );
}

/** Says that data came later than the start could see it. One sentence, or none. */
export function lateInputNote(asked: AskedStart, { stdin, env }: Pick<Context, 'stdin' | 'env'>): string | undefined {
  if (stdin === undefined || asked.stdin === true) return undefined;
  const waiting = waitingInput(stdin, env);
  if (waiting.kind === 'unknown')
    return 'standard input is a pipe, and the command got none of it; --stdin would pass it on';
  if (waiting.kind !== 'data') return undefined;
  return `data came on standard input (${waiting.from}), and the command got none of it; --stdin would pass it on`;
}

/** Looks at a descriptor and takes nothing from it. A terminal, a socket and a directory count as nothing. */
export function waitingInput(fd: number, env: Context['env']): Waiting {
  const stat = statOf(fd);
  if (stat === undefined) return NOTHING;
  if (stat.isFile()) return inFile(fd);
  if (stat.isFIFO()) return inPipe(fd, stat, env);
  if (stat.isBlockDevice() || ENDLESS_DEVICES.has(stat.rdev)) return dataFrom(pathOf(fd));
  return NOTHING;
}

const NOTHING: Waiting = { kind: 'nothing' };

/** Linux, mem(4) and random(4): /dev/zero, full, random and urandom. */
const ENDLESS_DEVICES: ReadonlySet<number> = new Set([0x105, 0x107, 0x108, 0x109]);

function statOf(fd: number): Stats | undefined {
  try {
    return fstatSync(fd);
  } catch {
    return undefined; // it is closed
  }
}

/** Reads one byte at the offset of the descriptor, as pread(2) does, which does not move the offset. */
function inFile(fd: number): Waiting {
  try {
    return readSync(fd, Buffer.alloc(1), 0, 1, offsetOf(fd)) === 0 ? NOTHING : dataFrom(pathOf(fd));
  } catch {
    return NOTHING; // it is open for writing only
  }
}

/** Where the next read begins. A shell loop may have read some lines. 0 where there is no /proc. */
function offsetOf(fd: number): number {
  try {
    return Number(/^pos:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function pathOf(fd: number): string | undefined {
  try {
    const path = readlinkSync(`/proc/self/fd/${fd}`);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

function dataFrom(path: string | undefined): Waiting {
  return path === undefined ? { kind: 'data', from: 'a file with data' } : { kind: 'data', from: path, path };
}

/** Prints how many bytes the pipe has. FIONREAD is 0x541b in Linux on x86 and ARM. */
const ASKERS: readonly (readonly string[])[] = [
  ['perl', '-e', 'my $n = "\\0" x 4; ioctl(STDIN, 0x541b, $n) or exit 1; print unpack("i", $n)'],
  ['python3', '-ISc', 'import array, fcntl; n = array.array("i", [0]); fcntl.ioctl(0, 0x541B, n); print(n[0])'],
];

/**
 * Node has neither poll(2) nor FIONREAD, and to read would take the data from whoever reads on: a shell that gets its script from this
 * pipe would miss a character. So another program is asked (4 ms). macOS says the number of bytes as the size.
 */
function inPipe(fd: number, { size }: Stats, env: Context['env']): Waiting {
  const data: Waiting = { kind: 'data', from: 'a pipe with data' };
  if (size > 0) return data;
  if (process.platform !== 'linux') return NOTHING;
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  for (const [program = '', ...args] of ASKERS) {
    const { status, stdout } = spawnSync(program, args, {
      stdio: [fd, 'pipe', 'ignore'],
      env: { PATH: env['PATH'] },
      encoding: 'utf8',
      timeout: 2_000,
    });
    if (status === 0 && /^\d+$/.test(stdout)) return stdout === '0' ? NOTHING : data;
  }
  return { kind: 'unknown' };
}
