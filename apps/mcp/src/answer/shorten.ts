import type { StructuredContent } from './structured-run.ts';

/** Text that is longer is a document: its beginning is told. */
const LONG = 200;
/** Words of a command, or survivors, beyond which a list only makes an answer longer. */
const MANY = 12;
/** What an answer can do without, where its room is short: first what is worth least. */
const DISPENSABLE =
  'hardLimitMs untilAt quietMs startedAt endedAt pid command cwd errorsFile logBytes logFile progress lineSeen survivors attempts reason exitCode evidence breaker resultError id elapsedMs failures'.split(
    ' ',
  );

/** Half a path or call is none: these are told whole or not at all. */
const WHOLE = new Set(['result', 'untrustedOutput', 'next', 'id', 'dir', 'cwd', 'logFile']);

/** In which order an answer is made shorter. The lines of a failure win over its result. */
const SHORTER: readonly Shortening[] = [
  withoutResult,
  withBeginnings,
  withoutNotes,
  withLastLines,
  withoutFacts,
  withoutCalls,
];
/** Where somebody asks for a success by its name, they ask for its result. */
const SHORTER_FOR_RESULT: readonly Shortening[] = [
  withBeginnings,
  withoutNotes,
  withoutFacts,
  withoutResult,
  withoutCalls,
];

/**
 * The same facts with at most `maxBytes` as JSON. A result gives way to its size, long texts to their beginnings, then notes, then the
 * first lines of what was printed, and at last whole facts and calls; `leftOut` names the facts.
 */
export function shorten(facts: StructuredContent, maxBytes: number, forResult = false): StructuredContent {
  const isTooLong = (value: StructuredContent): boolean => jsonBytes(value) > maxBytes;
  let fit = facts;
  for (const shorter of forResult ? SHORTER_FOR_RESULT : SHORTER) {
    if (!isTooLong(fit)) return fit;
    fit = shorter(fit, isTooLong);
  }
  return fit;
}

/** Bytes of a value as JSON. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** As many of these, from the first on, as have at most `maxBytes` as JSON. */
export function firstWithin<T>(values: readonly T[], maxBytes: number): T[] {
  const count = values.findIndex((_, i) => jsonBytes(values.slice(0, i + 1)) > maxBytes);
  return count < 0 ? [...values] : values.slice(0, count);
}

/** A text, or its beginning with a mark that it goes on. */
export function truncateText(text: string, most: number = LONG): string {
  const letters = Array.from(text.slice(0, most * 2));
  return text.length <= most ? text : `${letters.slice(0, most).join('')}…`;
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
    const more = value.length > MANY ? [`… and ${value.length - MANY} more`] : [];
    return [...value.slice(0, MANY).map(shortened), ...more];
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shortened(inner)]));
}

function withoutNotes(facts: StructuredContent, isTooLong: (facts: StructuredContent) => boolean): StructuredContent {
  return ['malformed', 'notes'].reduce((fit, name) => withFewer(fit, name, isTooLong), facts);
}

function withLastLines(facts: StructuredContent, isTooLong: (facts: StructuredContent) => boolean): StructuredContent {
  const { untrustedOutput, ...rest } = facts;
  if (typeof untrustedOutput !== 'string') return facts;
  let text = untrustedOutput;
  while (text !== '' && isTooLong({ ...rest, untrustedOutput: text })) text = cutFront(text);
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

/** One by one from the end; without any the fact itself is left out. */
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

/** Text without its first line; of a single line without its first half. Empty once nothing is left to cut. */
function cutFront(text: string): string {
  const end = text.indexOf('\n');
  if (end >= 0) return text.slice(end + 1);
  return text.length < 80
    ? ''
    : Array.from(text)
        .slice(Math.ceil(Array.from(text).length / 2))
        .join('');
}
