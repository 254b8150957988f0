import { cutMiddle, decisiveLines } from '@pm/operations';
import type { NextToolCall } from '../tools/to-tool-calls.ts';
import type { StructuredContent } from './structured-run.ts';

/** Bytes of a text that are kept when an answer is shortened. */
const MOST_BYTES = 200;
/** Less output than this is left out. */
const FEWEST_BYTES = 80;
/** Items of a list that are kept, such as words of a command or survivors. */
const MOST_ITEMS = 12;
/** The fields that may be left out, the least useful first. */
const DISPENSABLE =
  'hardLimitMs untilAt quietMs startedAt endedAt pid command cwd errorsFile logBytes logFile progress readyMs lineSeen survivors attempts reason exitCode evidence breaker resultError id elapsedMs failures'.split(
    ' ',
  );

/** Fields that are useless in part, such as paths and calls: kept whole or left out. */
const WHOLE = new Set(['result', 'untrustedOutput', 'next', 'id', 'dir', 'cwd', 'logFile']);

/** The order in which an answer is shortened. The last log lines of a failure are worth more than its result. */
const ORDER: readonly Shortening[] = [
  withoutResult,
  withBeginnings,
  withoutNotes,
  withDecisiveLines,
  withoutFacts,
  withoutCalls,
];
/** The order for `show_status` of a successful run, whose caller most likely wants the result. */
const ORDER_KEEPING_RESULT: readonly Shortening[] = [
  withBeginnings,
  withoutNotes,
  withoutFacts,
  withoutResult,
  withoutCalls,
];

/**
 * Shortens an answer to at most `maxBytes` of JSON. It replaces the result by its size, cuts long texts, removes notes and then the less
 * telling lines of the output, and at last removes whole fields and calls; `leftOut` names the removed fields.
 * @param keepResult removes the result as late as possible
 * @param resultCall the call that returns the result. It is added to `next` if the result is removed
 */
export function shorten(
  facts: StructuredContent,
  maxBytes: number,
  { keepResult = false, resultCall }: { readonly keepResult?: boolean; readonly resultCall?: NextToolCall } = {},
): StructuredContent {
  const isTooLong = (value: StructuredContent): boolean => jsonBytes(value) > maxBytes;
  let fit = facts;
  for (const shorter of keepResult ? ORDER_KEEPING_RESULT : ORDER) {
    if (!isTooLong(fit)) return fit;
    fit = shorter(fit, isTooLong);
    if (shorter === withoutResult && fit['resultBytes'] !== undefined && resultCall !== undefined)
      fit = { ...fit, next: [...((fit['next'] as NextToolCall[] | undefined) ?? []), resultCall] };
  }
  return fit;
}

/** The size of a value as JSON, in bytes. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** The first values that together take at most `maxBytes` as JSON. */
export function firstWithin<T>(values: readonly T[], maxBytes: number): T[] {
  const count = values.findIndex((_, i) => jsonBytes(values.slice(0, i + 1)) > maxBytes);
  return count < 0 ? [...values] : values.slice(0, count);
}

/** A text, or its beginning and its end with the number of characters between them. */
export function truncateText(text: string, mostBytes: number = MOST_BYTES): string {
  return cutMiddle(text, mostBytes);
}

type Shortening = (facts: StructuredContent, isTooLong: (facts: StructuredContent) => boolean) => StructuredContent;

function withoutResult({ result, ...rest }: StructuredContent): StructuredContent {
  return result === undefined ? rest : { ...rest, resultBytes: jsonBytes(result) };
}

function withBeginnings(facts: StructuredContent): StructuredContent {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, WHOLE.has(name) ? value : shortened(value)]),
  );
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string') return truncateText(value);
  if (Array.isArray(value)) {
    const more = value.length > MOST_ITEMS ? [`… and ${value.length - MOST_ITEMS} more`] : [];
    return [...value.slice(0, MOST_ITEMS).map(shortened), ...more];
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shortened(inner)]));
}

function withoutNotes(facts: StructuredContent, isTooLong: (facts: StructuredContent) => boolean): StructuredContent {
  return ['malformed', 'notes'].reduce((fit, name) => withFewer(fit, name, isTooLong), facts);
}

/** The lines that say most about the failure, as many as fit. */
function withDecisiveLines(
  facts: StructuredContent,
  isTooLong: (facts: StructuredContent) => boolean,
): StructuredContent {
  const { untrustedOutput, ...rest } = facts;
  if (typeof untrustedOutput !== 'string') return facts;
  let text = untrustedOutput;
  for (let bytes = Buffer.byteLength(text); text !== '' && isTooLong({ ...rest, untrustedOutput: text }); bytes *= 0.8)
    text = bytes < FEWEST_BYTES ? '' : decisiveLines(text, { maxBytes: Math.floor(bytes), isExcerpt: true });
  return text === '' ? rest : { ...rest, untrustedOutput: text };
}

function withoutFacts(facts: StructuredContent, isTooLong: (facts: StructuredContent) => boolean): StructuredContent {
  let fit = facts;
  const leftOut: string[] = [];
  for (const name of DISPENSABLE) {
    if (!isTooLong(fit)) break;
    if (fit[name] === undefined) continue;
    const { [name]: _, leftOut: __, ...rest } = fit;
    leftOut.push(name);
    fit = { ...rest, leftOut: leftOut.join(' ') };
  }
  return fit;
}

function withoutCalls(facts: StructuredContent, isTooLong: (facts: StructuredContent) => boolean): StructuredContent {
  return withFewer(facts, 'next', isTooLong);
}

/** Removes items from the end, one by one, and the field itself when none is left. */
function withFewer(
  facts: StructuredContent,
  name: string,
  isTooLong: (facts: StructuredContent) => boolean,
): StructuredContent {
  let fit = facts;
  for (let list = fit[name]; Array.isArray(list) && isTooLong(fit); list = fit[name]) {
    const { [name]: _, ...rest } = fit;
    fit = list.length > 1 ? { ...rest, [name]: list.slice(0, -1) } : rest;
  }
  return fit;
}
