import { cutMiddle } from '@pm/output';
import { isTooLong, LIST_BYTES, TEXT_BYTES, WHOLE } from './too-long.ts';

/** Lists that quote what somebody wrote. Other lists are results. */
const QUOTING = new Set(['command', 'argv', 'notes', 'malformed']);
/** One word of a list. */
const WORD_BYTES = 500;
/** A call that is longer is left out: half of it would be another call. */
const CALL_BYTES = 8_192;

/**
 * An answer in which whatever quotes somebody else is bounded: a text loses its middle, a list its end, and both say how much is left out.
 * Results, logs and paths are as they are. Without it one argument of a megabyte would be in every answer about its run.
 */
export function bounded<T>(answer: T): T {
  return walk(answer) as T;
}

function walk(value: unknown, name = ''): unknown {
  if (!isTooLong(value, name) || WHOLE.has(name)) return value;
  if (typeof value === 'string') return cutMiddle(value, TEXT_BYTES);
  if (Array.isArray(value)) {
    if (QUOTING.has(name)) return shortList(value);
    const items = name === 'next' ? value.filter((call) => JSON.stringify(call).length <= CALL_BYTES) : value;
    return items.map((item) => walk(item));
  }
  return Object.fromEntries(Object.entries(Object(value)).map(([key, inner]) => [key, walk(inner, key)]));
}

function shortList(words: readonly unknown[]): unknown[] {
  let left = LIST_BYTES;
  const kept: unknown[] = [];
  for (const word of words) {
    const short = typeof word === 'string' ? cutMiddle(word, WORD_BYTES) : word;
    left -= JSON.stringify(short).length;
    if (left < 0) break;
    kept.push(short);
  }
  const more = words.length - kept.length;
  return more === 0 ? kept : [...kept, `…[${more} more left out]…`];
}
