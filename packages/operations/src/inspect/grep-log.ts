import { closeSync, fstatSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { cutAround, openTerminal } from '@pm/output';
import { PmError } from '@pm/protocol';
import { openLog } from '@pm/protocol/fs';
import type { LogSlice } from './read-log.ts';

const SLICE_BYTES = 1_048_576;
/** A very long line loses its middle, so that it does not fill the memory. */
const LONGEST_LINE = 65_536;

/**
 * The last `lines` lines that match `pattern`, as `number: text`, at most `maxBytes`; earlier matches are dropped first. Lines are those
 * that a terminal shows. The log is read in slices; the signal is checked between them.
 * @returns `matches`: how many lines matched; `shown`: how many of them are in the text
 * @throws PmError `usage` if the pattern backtracks for too long; AbortError
 */
export async function grepLog(
  file: string,
  pattern: RegExp,
  lines: number,
  maxBytes: number,
  signal: AbortSignal,
): Promise<LogSlice & { readonly matches: number; readonly shown: number }> {
  const fd = openLog(file);
  try {
    const totalBytes = fstatSync(fd).size;
    const kept: string[] = [];
    let keptBytes = 0;
    let matches = 0;
    let number = 0;
    for (const slice of slicesOf(fd, totalBytes)) {
      for (const { line, at } of matchesIn(slice, pattern)) {
        matches += 1;
        const hit = `${number + line + 1}: ${cutAround(slice[line] ?? '', at, maxBytes)}`;
        kept.push(hit);
        keptBytes += Buffer.byteLength(hit) + 1;
        while (kept.length > lines || (keptBytes > maxBytes && kept.length > 1))
          keptBytes -= Buffer.byteLength(kept.shift() ?? '') + 1;
      }
      number += slice.length;
      await nextTurn();
      signal.throwIfAborted();
    }
    const text = kept.map((line) => `${line}\n`).join('');
    return { text, from: 0, to: totalBytes, totalBytes, matches, shown: kept.length };
  } finally {
    closeSync(fd);
  }
}

/** A slice is searched in milliseconds. A pattern that takes this long backtracks, and may never finish. */
const SLICE_MS = 2_000;

interface Match {
  /** The index of the line. */
  readonly line: number;
  /** Where in the line the match begins. */
  readonly at: number;
}

/** The lines that match. A timeout guards the search: nothing else can end a regular expression. */
function matchesIn(lines: readonly string[], pattern: RegExp): Match[] {
  const match = (): Match[] =>
    lines.flatMap((text, line) => {
      const at = text.search(pattern);
      return at < 0 ? [] : [{ line, at }];
    });
  try {
    return runInNewContext('match()', { match }, { timeout: SLICE_MS }) as Match[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    const message = `--grep: ${pattern.source} takes too long on a line of this log`;
    throw new PmError('usage', `${message}. It has nested repetitions.`, 'Use a simpler pattern.');
  }
}

/** The lines of a log as a terminal shows them, slice by slice, as far as they cannot change any more; the last ones at the end. */
function* slicesOf(fd: number, totalBytes: number): Generator<string[]> {
  const terminal = openTerminal({ longestLine: LONGEST_LINE });
  const decoder = new TextDecoder();
  for (let at = 0; at < totalBytes; ) {
    const chunk = Buffer.alloc(Math.min(SLICE_BYTES, totalBytes - at));
    const length = readSync(fd, chunk, 0, chunk.length, at);
    if (length === 0) break;
    at += length;
    terminal.write(decoder.decode(chunk.subarray(0, length), { stream: true }));
    yield terminal.takeClosed().map(({ text }) => text);
  }
  terminal.end();
  const last = terminal.open().map(({ text }) => text);
  yield last.at(-1) === '' ? last.slice(0, -1) : last;
}
