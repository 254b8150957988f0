import { closeSync, existsSync, fstatSync, readSync } from 'node:fs';
import { CHUNK_BYTES, decodeTruncated, type LogChunk, type Report, type RunRecord, runPaths } from '@pm/protocol';
import { presentIn, readAttempt, readRecord } from '@pm/protocol/fs';
import { openAttemptLog } from '@pm/wrapper';
import type { LogsHere } from './apply-log.ts';

/** How far a log was carried, as the last report says it. */
export type Carried = NonNullable<Report['log']>;

/** How much of a log is carried: its first bytes as they are written, and its last ones when the run has ended. */
export interface LogCap {
  readonly headBytes: number;
  readonly tailBytes: number;
}

/** A store that everybody shares is no place for a log of gigabytes. The cause of a failure is at the end, its setting at the beginning. */
export const LOG_CAP: LogCap = { headBytes: 2_097_152, tailBytes: 2_097_152 };

/** At most so many chunks at once while the run goes on. */
const MOST_CHUNKS = 16;

// Why: contributing/decisions/2026-11-29-a-mirror-of-a-run-elsewhere.md
/**
 * What is new in a log since it was carried at last. The logs of attempts follow each other in one log, and so does what a job writes after it has
 * truncated its own.
 * @param isLast the run has ended: now the end of the log goes along
 */
export function carryLog(
  dir: string,
  run: RunRecord,
  stream: 'log' | 'errors',
  since: Carried,
  isLast: boolean,
  cap: LogCap,
): { readonly chunks: LogChunk[]; readonly carried: Carried } {
  const chunks: LogChunk[] = [];
  const newest = readAttempt(dir, run)?.n;
  let { bytes, sent, attempt, base, at, skipped } = since;
  const push = (from: number, data: Buffer): void => {
    const left = from - sent;
    if (left > 0) skipped = { from: Math.min(skipped?.from ?? sent, sent), to: Math.max(skipped?.to ?? 0, from) };
    chunks.push({
      v: 1,
      at: from,
      data: data.toString('base64'),
      ...(left > 0 && { skipped: left }),
      ...(stream === 'errors' && { stream }),
    });
    sent = from + data.length;
  };
  const isFull = (): boolean => !isLast && chunks.length >= MOST_CHUNKS;
  for (; !isFull(); attempt += 1, at = 0) {
    const isNewest = attempt >= (newest ?? 1);
    const log = openLogOf(dir, run.id, stream, newest === undefined ? undefined : attempt, isNewest);
    const end = log === undefined ? at : readFrom(log, isNewest);
    if (isNewest || isFull()) break;
    base += Math.max(end, at);
  }
  if (isLast && sent < bytes) push(bytes, Buffer.alloc(0));
  return { chunks, carried: { bytes, sent, attempt, base, at, ...(skipped !== undefined && { skipped }) } };

  /** @returns the length of this log */
  function readFrom({ fd, note }: OpenedLog, isNewest: boolean): number {
    try {
      const { size } = fstatSync(fd);
      if (size < at) {
        if (holeIn(note) !== undefined) return at; // its wrapper is cutting it just now, and it will be as long as it was
        base += at;
        at = 0;
      }
      while (at < size && !isFull()) {
        const here = base + at;
        if (here >= cap.headBytes) {
          if (!isLast || !isNewest) {
            if (!isNewest) at = size;
            break;
          }
          at = Math.max(at, size - cap.tailBytes);
        }
        const most = base + at < cap.headBytes ? cap.headBytes - base : size;
        const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, most - at, size - at));
        const end = at + readSync(fd, buffer, 0, buffer.length, at);
        if (end === at) break;
        // Asked after reading: a hole is noted before it is punched.
        const hole = holeIn(note) ?? { from: end, to: end };
        const before = buffer.subarray(0, clamp(hole.from, at, end) - at);
        const after = buffer.subarray(clamp(hole.to, at, end) - at, end - at);
        if (before.length > 0) push(base + at, before);
        if (after.length > 0) push(base + end - after.length, after);
        at = end > hole.from ? Math.max(end, Math.min(hole.to, size)) : end;
      }
      bytes = Math.max(bytes, base + size);
      return size;
    } finally {
      closeSync(fd);
    }
  }
}

interface OpenedLog {
  readonly fd: number;
  /** The record of what the wrapper has cut out of it. */
  readonly note: string;
}

/** Undefined if it is not there: the wrapper keeps the newest logs only, and a job may have deleted its own. */
function openLogOf(
  dir: string,
  id: string,
  stream: 'log' | 'errors',
  attempt: number | undefined,
  isNewest: boolean,
): OpenedLog | undefined {
  const paths = runPaths(dir, id);
  const [file, note] = stream === 'log' ? [paths.log, paths.truncated] : [paths.errors, paths.errorsTruncated];
  if (!isNewest && !existsSync(`${file}.${attempt}`)) return undefined;
  try {
    const { fd, path } = openAttemptLog(file, attempt);
    return { fd, note: path === file ? note : `${note}.${attempt}` };
  } catch {
    return undefined;
  }
}

function holeIn(note: string): { readonly from: number; readonly to: number } | undefined {
  const cut = presentIn(readRecord(note, decodeTruncated));
  return cut?.by === 'cap' ? cut : undefined;
}

function clamp(offset: number, from: number, to: number): number {
  return Math.min(Math.max(offset, from), to);
}

/** How long the logs are with one more piece that was carried. */
export function behindChunk(here: LogsHere, { at, data, stream }: LogChunk): LogsHere {
  const name: keyof LogsHere = stream ?? 'log';
  return { ...here, [name]: Math.max(here[name], at + Buffer.byteLength(data, 'base64')) };
}
