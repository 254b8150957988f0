import { closeSync, fstatSync, readSync } from 'node:fs';
import { type LineSearch, openLineSearch } from '@pm/output';
import type { PrintedOutput } from '@pm/preflight';
import { PmError, type RunRecord, runPaths } from '@pm/protocol';
import { openLog } from '@pm/protocol/fs';

const CHUNK_BYTES = 65_536;
/** So much is read in one look at most. A run that prints faster is searched through in the next ones. */
const MOST_BYTES = 8_388_608;

/** What a run prints in its present attempt. A new attempt has a new log, which is searched from its beginning. */
export function openRunOutput(dir: string, run: RunRecord): PrintedOutput {
  const { log, errors } = runPaths(dir, run.id);
  const files = run.split === true ? [log, errors] : [log];
  const searches = new Map<string, (() => string | undefined)[]>();
  return {
    find: (text) => {
      const known = searches.get(text) ?? files.map((file) => searchIn(file, text));
      searches.set(text, known);
      return known.map((look) => look()).find((line) => line !== undefined);
    },
  };
}

/** Looks for a text in a log that grows. Each call reads what is new. */
function searchIn(file: string, text: string): () => string | undefined {
  let inode = -1;
  let at = 0;
  let search: LineSearch | undefined;
  return () => {
    const fd = openIfThere(file);
    if (fd === undefined) return undefined;
    try {
      const { ino, size } = fstatSync(fd);
      if (search === undefined || ino !== inode || size < at) {
        search = openLineSearch(text);
        inode = ino;
        at = 0;
      }
      const buffer = Buffer.alloc(CHUNK_BYTES);
      for (const end = at + MOST_BYTES; at < end; ) {
        const length = readSync(fd, buffer, 0, CHUNK_BYTES, at);
        at += length;
        const line = search.write(buffer.subarray(0, length));
        if (line !== undefined || length === 0) return line;
      }
      return undefined;
    } finally {
      closeSync(fd);
    }
  };
}

/** Between two attempts there is no log for a moment, and a job may have put something else in its place. */
function openIfThere(file: string): number | undefined {
  try {
    return openLog(file);
  } catch (error) {
    if (error instanceof PmError) return undefined;
    throw error;
  }
}
