import { closeSync, constants, existsSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { CHUNK_BYTES, type LogChunk, runPaths } from '@pm/protocol';
import { makeFolder, namesIn, presentIn, readRunRecord, replaceRecord, statOf } from '@pm/protocol/fs';

/** How much of the logs of a run elsewhere is here: everything before these offsets was written, or was left out for good. */
export interface LogsHere {
  readonly log: number;
  readonly errors: number;
}

type Stream = keyof LogsHere;

let pieces = 0;

// Why: contributing/decisions/2026-11-29-a-mirror-of-a-run-elsewhere.md
/**
 * Writes a piece of the log of a run elsewhere at its own offset. Pieces may come in any order, repeatedly, and from several processes at
 * once. One that comes before its turn is kept aside, because a reader takes everything before the end of a log for output.
 * @returns how much is here now; undefined if no report has come yet, or the run was removed: then nothing was written
 */
export function applyLog(dir: string, runId: string, chunk: LogChunk): LogsHere | undefined {
  const run = presentIn(readRunRecord(dir, runId));
  if (run?.mirror === undefined) return undefined;
  const stream: Stream = chunk.stream ?? 'log';
  const { mirror } = runPaths(dir, runId);
  const { at, skipped = 0 } = chunk;
  const data = Buffer.from(chunk.data, 'base64').subarray(0, CHUNK_BYTES);
  makeFolder(mirror);
  if (skipped > 0) noteGap(dir, runId, stream, Math.max(at - skipped, 0), at);
  if (data.length > 0) {
    if (at <= reachOf(dir, runId, stream)) writeAt(fileOf(dir, runId, stream), data, at);
    else keepAside(`${mirror}/${stream}.${at}.${data.length}`, data);
  }
  return foldLogs(dir, runId);
}

/** Writes what was kept aside and has its turn now. */
export function foldLogs(dir: string, runId: string): LogsHere {
  return { log: fold(dir, runId, 'log'), errors: fold(dir, runId, 'errors') };
}

function fold(dir: string, runId: string, stream: Stream): number {
  const { mirror } = runPaths(dir, runId);
  for (;;) {
    const reach = reachOf(dir, runId, stream);
    const due = numbersIn(mirror, stream).find(([at]) => at <= reach);
    if (due === undefined) {
      // A piece may have been kept aside while another process wrote the one before it.
      if (reachOf(dir, runId, stream) === reach) return reach;
      continue;
    }
    const piece = `${mirror}/${stream}.${due[0]}.${due[1]}`;
    try {
      const data = bytesIn(piece);
      if (data.length === due[1]) writeAt(fileOf(dir, runId, stream), data, due[0]); // else the power was cut while it was written
    } catch (error) {
      // Another process has written it, or somebody has put a symbolic link there.
      if (!/^(?:ENOENT|ELOOP)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
    rmSync(piece, { force: true });
  }
}

function bytesIn(piece: string): Buffer {
  const fd = openSync(piece, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Up to where the log is here: its length, and behind that what was left out. */
function reachOf(dir: string, runId: string, stream: Stream): number {
  const gaps = numbersIn(runPaths(dir, runId).mirror, `${stream}.gap`);
  let reach = statOf(fileOf(dir, runId, stream))?.size ?? 0;
  for (const [from, to] of gaps) if (from <= reach && to > reach) reach = to;
  return reach;
}

/**
 * Notes what was left out. Each gap has a file of its own, and the note for readers says all of them: of two processes that each add a gap to the same note, one
 * would be lost.
 */
function noteGap(dir: string, runId: string, stream: Stream, from: number, to: number): void {
  const { mirror, truncated, errorsTruncated } = runPaths(dir, runId);
  const gap = `${mirror}/${stream}.gap.${from}.${to}`;
  if (!existsSync(gap)) closeSync(openSync(gap, 'a', 0o600));
  const lineOf = (): string => {
    const gaps = numbersIn(mirror, `${stream}.gap`);
    return `v1 cap ${Math.min(...gaps.map(([one]) => one))} ${Math.max(...gaps.map(([, other]) => other))}\n`;
  };
  for (let line = ''; line !== lineOf(); ) {
    line = lineOf();
    replaceRecord(stream === 'log' ? truncated : errorsTruncated, line);
  }
}

/** The two numbers at the end of names such as `log.65536.4096`, in their order. */
function numbersIn(mirror: string, prefix: string): [number, number][] {
  return namesIn(mirror)
    .flatMap((name): [number, number][] => {
      if (!name.startsWith(`${prefix}.`)) return [];
      const [, first, second] = /^(\d{1,16})\.(\d{1,16})$/.exec(name.slice(prefix.length + 1)) ?? [];
      return first === undefined ? [] : [[Number(first), Number(second)]];
    })
    .sort(([a], [b]) => a - b);
}

function fileOf(dir: string, runId: string, stream: Stream): string {
  const { log, errors } = runPaths(dir, runId);
  return stream === 'log' ? log : errors;
}

/** The same bytes at the same place: whoever writes them again changes nothing. */
function writeAt(file: string, data: Buffer, at: number): void {
  const fd = openSync(
    file,
    constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    0o600,
  );
  try {
    for (let done = 0; done < data.length; ) done += writeSync(fd, data, done, data.length - done, at + done);
  } finally {
    closeSync(fd);
  }
}

/** As a whole or not at all, so that a piece which is there can be written to the log. */
function keepAside(piece: string, data: Buffer): void {
  const sibling = `${piece}.${process.pid}-${pieces++}.tmp`;
  try {
    writeAt(sibling, data, 0);
    renameSync(sibling, piece);
  } catch (error) {
    rmSync(sibling, { force: true });
    throw error;
  }
}
