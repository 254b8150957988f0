import { closeSync, fstatSync, readSync } from 'node:fs';
import { decodeTruncated } from '@pm/protocol';
import { presentIn, readRecord } from '@pm/protocol/fs';
import { isSetAside, type Log, openLog, openNext } from './attempt-log.ts';
import { wakeOnChange } from './wake.ts';

export interface FollowOptions {
  /** First byte to give. */
  readonly from?: number;
  /** True once nothing more will be written: the rest is given and the iteration ends. */
  readonly ended: () => boolean;
  /** The run's `truncated` record, to pass over the hole that the log cap punches. */
  readonly truncatedFile?: string;
  /** Of a run that may be retried: the attempt whose log to begin with. Without it the file is one log. */
  readonly attempt?: number | undefined;
  /** Stops the following, not the run. */
  readonly signal?: AbortSignal;
}

const CHUNK_BYTES = 65_536;

/**
 * The bytes of a growing log, from any byte on; with `attempt`, the logs of the attempts after it, too, each from its first byte.
 * The job owns its file, so a slow consumer delays nobody.
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
  const wake = wakeOnChange(log.path);
  const cut = (): Cut | undefined => cutOf(truncatedFile, file, log);
  let at = options.from ?? 0;
  try {
    for (;;) {
      const last = ended(); // asked before reading: what is written up to the end is still read below
      const { size } = fstatSync(fd);
      if (size < at) at = restartOf(cut(), size, at);
      while (at < size) {
        const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size - at));
        const end = at + readSync(fd, chunk, 0, chunk.length, at);
        if (end === at) break;
        // Asked after reading: a hole is noted before it is made, so what was read without a note is the job's own.
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
      await wake.next(signal);
    }
  } finally {
    wake.close();
  }
}

/** Where a log that has become shorter goes on: at 0, if its job reopened it; where the wrapper cut it, behind the cut. */
function restartOf(cut: Cut | undefined, size: number, at: number): number {
  const to = cut?.to ?? 0;
  return to <= size ? to : at; // still being cut: it will be as long as noted
}

interface Cut {
  readonly from: number;
  readonly to: number;
}

const NO_HOLE: Cut = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** The bytes of a log that the cap gave up. The note of a log is set aside just before the log is: it is looked for here, then there. */
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
