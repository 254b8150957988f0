import {
  appendFileSync,
  closeSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { processes, stateFolder } from '@pm/operations';

/** How a kept call has ended: with an exit code, or because its caller did not come back. */
export type CallEnd = number | 'abandoned';

/** What is kept of one call that came over ssh: a file that says who makes it, its two outputs, and how it ended. */
export interface CallJournal {
  /** Whether this process makes the call. Otherwise another one has begun it. */
  readonly isOurs: boolean;
  append(stream: 'out' | 'err', data: string | Uint8Array): void;
  /** The bytes of a stream from an offset on; undefined if they were not kept. */
  read(stream: 'out' | 'err', from: number): Buffer | undefined;
  end(how: CallEnd, isTaken: boolean): void;
  ended(): CallEnd | undefined;
  /** Whether the process that makes the call is alive. */
  isAlive(): boolean;
  /** Says that a caller is there. */
  touch(): void;
  /** When a caller said so for the last time, in epoch milliseconds; 0 if never. */
  touchedAt(): number;
  signal(name: NodeJS.Signals): boolean;
}

/** The most of one output that is kept for a caller who comes back. */
const MOST_BYTES = 64 * 1_048_576;
/** An output that has arrived is not kept longer if it is larger than this. */
const SMALL_BYTES = 1_048_576;
/** More was written than is kept. */
const CUT = Number.POSITIVE_INFINITY;
const PIECE_BYTES = 65_536;
const KEPT_MS = 24 * 3_600_000;

// Why: contributing/decisions/2026-11-29-another-host-by-ssh.md
/**
 * Opens the journal of a call. Of several processes with the same id exactly one makes the call: link(2) decides, and the file is whole
 * from its first instant, so that the others see who it is.
 * @throws the error of the file system; then nothing was done
 */
export async function openCall(id: string, env: NodeJS.ProcessEnv): Promise<CallJournal> {
  const folder = callsFolder(env);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { identify, isAlive, signalIfSame } = await processes();
  const file = `${folder}/${id}`;
  const isOurs = claim(file, JSON.stringify(identify(process.pid) ?? { pid: process.pid, startTime: '' }));
  const maker = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; startTime: string };
  let written = { out: 0, err: 0 };
  return {
    isOurs,
    append: (stream, data) => {
      const bytes = Buffer.byteLength(data);
      if (written[stream] === CUT) return;
      try {
        if (written[stream] + bytes > MOST_BYTES) throw new RangeError('more than is kept');
        appendFileSync(`${file}.${stream}`, data, { mode: 0o600 });
        written = { ...written, [stream]: written[stream] + bytes };
      } catch {
        // Too much, or a full disk: the call itself has to go on. Nothing more is appended, because whoever reads goes by the offset.
        written = { ...written, [stream]: CUT };
        markCut(`${file}.${stream}`);
      }
    },
    read: (stream, from) => readFrom(`${file}.${stream}`, from),
    end: (how, isTaken) => {
      try {
        if (isTaken && written.out + written.err > SMALL_BYTES)
          for (const stream of ['out', 'err']) rmSync(`${file}.${stream}`, { force: true });
        writeFileSync(`${file}.draft`, String(how), { mode: 0o600 });
        renameSync(`${file}.draft`, `${file}.end`);
        sweep(folder, isAlive);
      } catch {
        // The answer has been written. Who asks again is told that it is not known.
      }
    },
    ended: () => {
      const text = textOf(`${file}.end`);
      return text === undefined || text === 'abandoned' ? text : Number(text);
    },
    isAlive: () => isAlive(maker),
    touch: () => {
      try {
        utimesSync(file, new Date(), new Date());
      } catch {
        // it was swept
      }
    },
    touchedAt: () => modifiedAt(file),
    signal: (name) => !isOurs && signalIfSame(maker, name),
  };
}

/** The same for a call that somebody else makes. @returns undefined if there is none of this id */
export async function findCall(id: string, env: NodeJS.ProcessEnv): Promise<CallJournal | undefined> {
  return modifiedAt(`${callsFolder(env)}/${id}`) === 0 ? undefined : openCall(id, env);
}

function callsFolder(env: NodeJS.ProcessEnv): string {
  const state = stateFolder(env);
  if (state === undefined) throw new Error('neither HOME nor XDG_STATE_HOME is an absolute path');
  return `${state}/ssh/calls`;
}

function claim(file: string, text: string): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Says that an output ends here although more was written. */
function markCut(file: string): void {
  try {
    writeFileSync(`${file}.cut`, '', { mode: 0o600 });
  } catch {
    // The end of the call says so to nobody, but its exit code arrives.
  }
}

function readFrom(file: string, from: number): Buffer | undefined {
  try {
    const fd = openSync(file, 'r');
    try {
      const { size } = fstatSync(fd);
      if (size < from || (size === from && modifiedAt(`${file}.cut`) > 0)) return undefined;
      const buffer = Buffer.alloc(PIECE_BYTES);
      return buffer.subarray(0, readSync(fd, buffer, 0, PIECE_BYTES, from));
    } finally {
      closeSync(fd);
    }
  } catch {
    return from === 0 ? Buffer.alloc(0) : undefined;
  }
}

/** Removes what nobody will ask for any more. */
function sweep(folder: string, isAlive: (maker: { pid: number; startTime: string }) => boolean): void {
  const old = Date.now() - KEPT_MS;
  const names = readdirSync(folder);
  for (const name of names.filter((candidate) => !candidate.includes('.'))) {
    const end = modifiedAt(`${folder}/${name}.end`);
    if (end > old || modifiedAt(`${folder}/${name}`) > old) continue;
    if (end === 0 && isAlive(makerIn(`${folder}/${name}`))) continue;
    for (const file of names.filter((candidate) => candidate === name || candidate.startsWith(`${name}.`)))
      rmSync(`${folder}/${file}`, { force: true });
  }
}

function makerIn(file: string): { pid: number; startTime: string } {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { pid: number; startTime: string };
  } catch {
    return { pid: 0, startTime: '' };
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function modifiedAt(file: string): number {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}
