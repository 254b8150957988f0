import { existsSync, fstatSync, readdirSync, readFileSync, readlinkSync, readSync, type Stats } from 'node:fs';
import type { Context } from './context.ts';

/** What can be read from standard input now. */
export type Waiting =
  | { readonly kind: 'nothing' }
  /** It is a pipe without data, and some program holds its other end. */
  | { readonly kind: 'open' }
  /** `path`: where the file can be opened again. */
  | { readonly kind: 'data'; readonly from: string; readonly path?: string }
  /** It is a pipe, and no program is here that could tell whether it has data. */
  | { readonly kind: 'unknown' };

// Why: contributing/decisions/2026-11-29-standard-input-of-a-start.md
/** Looks at a descriptor and takes nothing from it. A terminal, a socket and a directory count as nothing. */
export function waitingInput(fd: number, env: Context['env']): Waiting {
  const stat = statOf(fd);
  if (stat === undefined) return NOTHING;
  if (stat.isFile()) return inFile(fd);
  if (stat.isFIFO()) return inPipe(fd, stat, env);
  if (stat.isBlockDevice() || ENDLESS_DEVICES.has(stat.rdev)) return dataFrom(pathOf(fd));
  return NOTHING;
}

/** Data that waits on a descriptor, or that a pipeline will write to it. Undefined if a command that does not get it misses nothing. */
export function dataForCommand(fd: number, env: Context['env']): Extract<Waiting, { kind: 'data' }> | undefined {
  const waiting = waitingInput(fd, env);
  const data = waiting.kind === 'open' ? pipelineInto(fd, process.ppid) : waiting;
  return data.kind === 'data' ? data : undefined;
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

/** Prints how many bytes the pipe has, and 1 if a read would not wait: without bytes it is at its end. FIONREAD is 0x541b in Linux on x86 and ARM. */
const ASKERS: readonly (readonly string[])[] = [
  [
    'perl',
    '-e',
    'my $n = "\\0" x 4; ioctl(STDIN, 0x541b, $n) or exit 1; my $r = "\\1"; print unpack("i", $n), " ", select($r, undef, undef, 0)',
  ],
  [
    'python3',
    '-ISc',
    'import array, fcntl, select; n = array.array("i", [0]); fcntl.ioctl(0, 0x541B, n); print(n[0], len(select.select([0], [], [], 0)[0]))',
  ],
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
    const [, bytes, isReadable] = /^(\d+) ([01])\s*$/.exec(stdout) ?? [];
    if (status !== 0 || bytes === undefined) continue;
    if (bytes !== '0') return data;
    return isReadable === '1' ? NOTHING : { kind: 'open' };
  }
  return { kind: 'unknown' };
}

/**
 * `pg_dump | pm run load -- psql`: a shell has connected the pipe to this call alone, and another program holds its other end, so data will
 * come. If the parent process has the same standard input, others read from it too, as in a shell loop. If the parent has the end to
 * write to, it is a host that starts all its programs with a pipe. Linux only.
 * @param parent the process that has started this one
 */
export function pipelineInto(fd: number, parent: number): Waiting {
  if (process.platform !== 'linux' || parent <= 1) return NOTHING;
  const files = `/proc/${parent}/fd`;
  try {
    const pipe = readlinkSync(`/proc/self/fd/${fd}`);
    if (!pipe.startsWith('pipe:') || readlinkSync(`${files}/0`) === pipe) return NOTHING;
    const ends = readdirSync(files).filter((number) => linkOf(`${files}/${number}`) === pipe);
    if (ends.some((number) => isForWriting(`/proc/${parent}/fdinfo/${number}`))) return NOTHING;
    return { kind: 'data', from: 'a pipe that another program writes to' };
  } catch {
    return NOTHING; // the parent has ended, or belongs to another user, or has no standard input
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // it was closed meanwhile
  }
}

function isForWriting(fdinfo: string): boolean {
  try {
    return (Number.parseInt(/^flags:\s*([0-7]+)/m.exec(readFileSync(fdinfo, 'utf8'))?.[1] ?? '0', 8) & 3) !== 0;
  } catch {
    return false; // it was closed meanwhile
  }
}
