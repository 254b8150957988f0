import { closeSync, fstatSync, readSync } from 'node:fs';
import { decodeTruncated } from '@pm/protocol';
import { presentIn, readRecord } from '@pm/protocol/fs';
import { isSetAside, type Log, openLog, openNext } from './attempt-log.ts';
import { watchChanges } from './change-watcher.ts';

export interface FollowOptions {
  /** Offset of the first byte to give; 0 by default. */
  readonly from?: number;
  /** True once nothing more will be written. The rest is given and the iteration ends. */
  readonly ended: () => boolean;
  /** Path of the run's `truncated` record, to skip the bytes that were dropped because of the log cap. */
  readonly truncatedFile?: string;
  /** For a run that may be retried: the attempt to begin with, from 1. Without it, only this file is followed. */
  readonly attempt?: number | undefined;
  /** Stops the following, not the run. */
  readonly signal?: AbortSignal;
}

const CHUNK_BYTES = 65_536;

/**
 * The bytes of a growing log. With `attempt`, the logs of later attempts follow, each from its first byte.
 * The job writes to its own file, so a slow reader does not delay it.
 * @param file the log of the run
 * @throws PmError `not-supported` if the log is not there or is no regular file
 */
export async function* followLog(file: string, options: FollowOptions): AsyncGenerator<Buffer, void, void> {
  const { attempt, ended, signal } = options;
  let log = openLog(file, attempt);
  let from = options.from ?? 0;
  try {
    for (;;) {
      const isOver = (): boolean => ended() || isSetAside(log, file);
      yield* followOne(log, file, { ...options, from, ended: isOver });
      if (signal?.aborted || !isSetAside(log, file)) return;
      const next = openNext(log, file);
      closeSync(log.fd);
      log = next;
      from = 0;
    }
  } finally {
    closeSync(log.fd);
  }
}

async function* followOne(log: Log, file: string, options: FollowOptions): AsyncGenerator<Buffer, void, void> {
  const { truncatedFile, signal, ended } = options;
  const { fd } = log;
  const changes = watchChanges(log.path);
  const cut = (): Cut | undefined => cutOf(truncatedFile, file, log);
  let at = options.from ?? 0;
  try {
    for (;;) {
      const last = ended(); // asked before reading, so that what was written until the end is still read below
      const { size } = fstatSync(fd);
      if (size < at) at = restartOf(cut(), size, at);
      while (at < size) {
        const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size - at));
        const end = at + readSync(fd, chunk, 0, chunk.length, at);
        if (end === at) break;
        // Asked after reading: a hole is noted before it is punched, so bytes that were read without a note are the job's.
        const hole = cut() ?? NO_HOLE;
        const parts = [
          chunk.subarray(0, clamp(hole.from, at, end) - at),
          chunk.subarray(clamp(hole.to, at, end) - at, end - at),
        ];
        at = end > hole.from ? Math.max(end, hole.to) : end;
        for (const part of parts) if (part.length > 0) yield part;
        if (signal?.aborted) return;
      }
      if (last || signal?.aborted) return;
      await changes.next(signal);
    }
  } finally {
    changes.close();
  }
}

/** Where to go on in a log that has become shorter: at 0 if the job reopened it, behind the cut if the wrapper cut it. */
function restartOf(cut: Cut | undefined, size: number, at: number): number {
  const to = cut?.to ?? 0;
  return to <= size ? to : at; // it is being cut just now, and will be as long as noted
}

interface Cut {
  readonly from: number;
  readonly to: number;
}

const NO_HOLE: Cut = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** The bytes that were dropped because of the log cap. The note of an attempt is renamed just before its log is, so both names are tried. */
function cutOf(truncatedFile: string | undefined, file: string, log: Log): Cut | undefined {
  if (truncatedFile === undefined) return undefined;
  const current = capIn(truncatedFile);
  if (log.attempt === undefined) return current;
  return capIn(`${truncatedFile}.${log.attempt}`) ?? (isSetAside(log, file) ? undefined : current);
}

function capIn(truncatedFile: string): Cut | undefined {
  const cut = presentIn(readRecord(truncatedFile, decodeTruncated));
  return cut?.by === 'cap' ? cut : undefined;
}

function clamp(offset: number, at: number, end: number): number {
  return Math.min(Math.max(offset, at), end);
}
