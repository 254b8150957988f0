import type { RunView } from '@pm/operations';

/** The most survivors that are named. */
const SURVIVORS = 5;

/** `structuredContent` of MCP. Its fields have the same names as in the JSON of every other frontend. */
export type StructuredContent = Readonly<Record<string, unknown>>;

/** The facts about a run that a model can act on. */
export function structuredRun(run: RunView): StructuredContent {
  const { step, id, back, dir, unseen, state, outcome, reason, exitCode, signal, attention, evidence } = run;
  const { elapsedMs, limitMs, progress, attempt, attemptLimit, attempts, lineSeen, lineMissing, advice } = run;
  const { ready, readyEvidence, result, resultError, survivors, suspects, tail, logTruncated, breaker, queue } = run;
  const { port, ports } = run;
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
    ...(state === 'queued' && { queue }),
    port,
    elapsedMs,
    ...(outcome === undefined && { limitMs, attempt, attemptLimit }),
    ready,
    readyEvidence,
    attempts,
    progress,
    lineSeen,
    lineMissing,
    result,
    resultError,
    survivors: survivors && firstNamed(survivors),
    suspects: suspects && firstNamed(suspects),
    ports,
    logTruncated,
    ...(breaker !== undefined && { breaker: `${breaker.circuit}: ${breaker.why ?? breaker.name}` }),
    advice,
    untrustedOutput: tail,
  });
}

/** The same for a list of runs: without output, reason and survivors. */
export function structuredListedRun(run: RunView): StructuredContent {
  const { untrustedOutput: _, reason: __, survivors: ___, suspects: ____, ...facts } = structuredRun(run);
  return facts;
}

/** Everything that is known about a run, with its files: for a call that names the run. */
export function structuredFullRun(run: RunView): StructuredContent {
  const { tail: _, result: __, survivors: ___, suspects: ____, ...rest } = run;
  return { ...defined(rest), ...structuredRun(run) };
}

function named({ pid, command }: NonNullable<RunView['survivors']>[number]): string {
  return `${pid} ${command}`;
}

/** The first processes, and how many more there are. */
function firstNamed(processes: readonly Parameters<typeof named>[0][]): string[] {
  const more = processes.length - SURVIVORS;
  const first = processes.slice(0, SURVIVORS).map((process) => named(process));
  return more > 0 ? [...first, `and ${more} more`] : first;
}

function defined(facts: Readonly<Record<string, unknown>>): StructuredContent {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
