import type { RunView } from '@pm/operations';
import { cutFront } from './cut.ts';

/** Names beyond these only make an answer longer. */
const SURVIVORS = 5;
/** A result that is longer is a document, and the answer names its size instead. */
const RESULT_BYTES = 2_000;

/** Facts of a run by their names in every frontend's JSON. Of a list each run has fewer. */
export type FlatRun = Readonly<Record<string, unknown>>;

/** Everything that a model acts on, and nothing that it could only repeat. */
export function flatRun(run: RunView): FlatRun {
  const { step, id, back, dir, unseen, state, outcome, reason, exitCode, signal, attention, evidence } = run;
  const { elapsedMs, limitMs, progress, attempt, attemptLimit, attempts, lineSeen, lineMissing, advice } = run;
  const { survivors, tail, logTruncated, resultError, breaker } = run;
  return defined({
    step,
    id,
    back,
    dir,
    unseen,
    state,
    outcome,
    reason,
    exitCode,
    signal,
    attention,
    evidence,
    elapsedMs,
    ...(outcome === undefined && { limitMs, attempt, attemptLimit }),
    attempts,
    progress,
    lineSeen,
    lineMissing,
    ...resultOf(run),
    resultError,
    survivors: survivors?.slice(0, SURVIVORS).map(({ pid, command }) => `${pid} ${command}`),
    logTruncated,
    ...(breaker !== undefined && { breaker: `${breaker.circuit}: ${breaker.why ?? breaker.name}` }),
    advice,
    untrustedOutput: tail,
  });
}

/** The same without what only its end is worth: for lists. */
export function shortRun(run: RunView): FlatRun {
  const { untrustedOutput: _, reason: __, survivors: ___, ...facts } = flatRun(run);
  return facts;
}

/** All that is known, files included: what was asked for by name. */
export function fullRun(run: RunView): FlatRun {
  const { tail: _, result: __, survivors: ___, ...rest } = run;
  return { ...defined(rest), ...flatRun(run) };
}

/** The same, its output cut at the front until it has at most `maxBytes` as JSON. */
export function fitted(facts: FlatRun, maxBytes: number): FlatRun {
  const { untrustedOutput: output, ...rest } = facts;
  if (typeof output !== 'string') return facts;
  let text = output;
  while (text !== '' && bytesOf({ ...rest, untrustedOutput: text }) > maxBytes) text = cutFront(text);
  return text === '' ? rest : { ...rest, untrustedOutput: text };
}

/** Bytes of a value as JSON. */
export function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function resultOf({ result }: RunView): FlatRun {
  if (result === undefined) return {};
  const bytes = bytesOf(result);
  return bytes <= RESULT_BYTES ? { result } : { resultBytes: bytes };
}

function defined(facts: Readonly<Record<string, unknown>>): FlatRun {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
