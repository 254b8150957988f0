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
/** Files are the truth and are polled; the watch only makes it fast. */
const POLL_MS = 100;

/** The bytes of a growing log, from any byte on. The job owns its file, so a slow consumer delays nobody. */
export async function* followLog(file: string, options: FollowOptions): AsyncGenerator<Buffer, void, void> {
  const fd = openSync(file, 'r');
  const wake = wakeOnChange(file);
  let at = options.from ?? 0;
  try {
    for (;;) {
      const last = options.ended(); // asked before reading: what is written up to the end is still read below
      const { size } = fstatSync(fd);
      if (size < at) at = 0; // the job reopened and truncated its own output
      while (at < size) {
        at = pastHole(at, options.truncatedFile);
        const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, Math.max(size - at, 0)));
        const bytes = readSync(fd, chunk, 0, chunk.length, at);
        if (bytes === 0) break;
        at += bytes;
        yield chunk.subarray(0, bytes);
        if (options.signal?.aborted) return;
      }
      if (last || options.signal?.aborted) return;
      await wake.next(options.signal);
    }
  } finally {
    wake.close();
    closeSync(fd);
  }
}

function pastHole(at: number, truncatedFile: string | undefined): number {
  const hole = truncatedFile === undefined ? undefined : presentIn(readRecord(truncatedFile, decodeTruncated));
  return hole?.by === 'cap' && at >= hole.from && at < hole.to ? hole.to : at;
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
