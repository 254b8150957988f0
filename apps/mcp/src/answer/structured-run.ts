import type { RunView } from '@pm/operations';

/** Names beyond these only make an answer longer. */
const SURVIVORS = 5;

/** Facts of a run by their names in every frontend's JSON. Of a list each run has fewer. */
export type StructuredContent = Readonly<Record<string, unknown>>;

/** Everything that a model acts on, and nothing that it could only repeat. */
export function structuredRun(run: RunView): StructuredContent {
  const { step, id, back, dir, unseen, state, outcome, reason, exitCode, signal, attention, evidence } = run;
  const { elapsedMs, limitMs, progress, attempt, attemptLimit, attempts, lineSeen, lineMissing, advice } = run;
  const { result, resultError, survivors, tail, logTruncated, breaker } = run;
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
    result,
    resultError,
    survivors: survivors?.slice(0, SURVIVORS).map(({ pid, command }) => `${pid} ${command}`),
    logTruncated,
    ...(breaker !== undefined && { breaker: `${breaker.circuit}: ${breaker.why ?? breaker.name}` }),
    advice,
    untrustedOutput: tail,
  });
}

/** The same without what only its end is worth: for lists. */
export function structuredListedRun(run: RunView): StructuredContent {
  const { untrustedOutput: _, reason: __, survivors: ___, ...facts } = structuredRun(run);
  return facts;
}

/** All that is known, files included: what was asked for by name. */
export function structuredFullRun(run: RunView): StructuredContent {
  const { tail: _, result: __, survivors: ___, ...rest } = run;
  return { ...defined(rest), ...structuredRun(run) };
}

function defined(facts: Readonly<Record<string, unknown>>): StructuredContent {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
