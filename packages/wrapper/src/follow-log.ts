import { closeSync, type FSWatcher, fstatSync, openSync, readSync, watch } from 'node:fs';
import { decodeTruncated } from '@pm/protocol';
import { presentIn, readRecord } from '@pm/protocol/fs';

export interface FollowOptions {
  /** First byte to give. */
  readonly from?: number;
  /** True once nothing more will be written: the rest is given and the iteration ends. */
  readonly ended: () => boolean;
  /** The run's `truncated` record, to pass over the hole that the log cap punches. */
  readonly truncatedFile?: string;
  /** Stops the following, not the run. */
  readonly signal?: AbortSignal;
}

const CHUNK_BYTES = 65_536;
/** Files are the truth and are polled; the watch only makes it fast. It does not tell that a run has ended: this long may that take. */
const POLL_MS = 25;

/** The bytes of a growing log, from any byte on. The job owns its file, so a slow consumer delays nobody. */
export async function* followLog(file: string, options: FollowOptions): AsyncGenerator<Buffer, void, void> {
  const { truncatedFile, signal, ended } = options;
  const fd = openSync(file, 'r');
  const wake = wakeOnChange(file);
  let at = options.from ?? 0;
  try {
    for (;;) {
      const last = ended(); // asked before reading: what is written up to the end is still read below
      const { size } = fstatSync(fd);
      if (size < at) at = restartOf(truncatedFile, size, at);
      while (at < size) {
        const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size - at));
        const end = at + readSync(fd, chunk, 0, chunk.length, at);
        if (end === at) break;
        // Asked after reading: a hole is noted before it is made, so what was read without a note is the job's own.
        const hole = cutOf(truncatedFile) ?? NO_HOLE;
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
    closeSync(fd);
  }
}

/** Where a log that has become shorter goes on: at 0, if its job reopened it; where the wrapper cut it, behind the cut. */
function restartOf(truncatedFile: string | undefined, size: number, at: number): number {
  const to = cutOf(truncatedFile)?.to ?? 0;
  return to <= size ? to : at; // still being cut: it will be as long as noted
}

const NO_HOLE = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** The bytes that the log cap gave up. */
function cutOf(truncatedFile: string | undefined): { readonly from: number; readonly to: number } | undefined {
  const cut = truncatedFile === undefined ? undefined : presentIn(readRecord(truncatedFile, decodeTruncated));
  return cut?.by === 'cap' ? cut : undefined;
}

function clamp(offset: number, at: number, end: number): number {
  return Math.min(Math.max(offset, at), end);
}

interface Wake {
  readonly next: (signal: AbortSignal | undefined) => Promise<void>;
  readonly close: () => void;
}

function wakeOnChange(file: string): Wake {
  let ring = (): void => {};
  let changed = false;
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(file, () => {
      changed = true;
      ring();
    });
    watcher.on('error', () => watcher?.close());
  } catch {
    // No inotify instance left (EMFILE): polling alone is enough.
  }
  return {
    next: (signal) =>
      new Promise((resolve) => {
        if (changed || signal?.aborted) {
          changed = false;
          resolve();
          return;
        }
        const done = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', done);
          changed = false;
          resolve();
        };
        const timer = setTimeout(done, POLL_MS);
        signal?.addEventListener('abort', done, { once: true });
        ring = done;
      }),
    close: () => watcher?.close(),
  };
}
