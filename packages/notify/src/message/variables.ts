import { eventName, type Facts } from './facts.ts';
import { oneLine, sentence } from './sentence.ts';
import { isoOf } from './webhook-body.ts';

/**
 * The facts as environment variables of a command. None is called `PM_RUN_ID` or `PM_STEP`: the command would count as a process of the
 * run.
 */
export function variablesOf(facts: Facts): Record<string, string> {
  const { id, event, run, dir, log } = facts;
  return withPrefix({
    ID: id,
    EVENT: eventName(event),
    TEXT: sentence(facts),
    STEP: run.step,
    RUN: run.id,
    DIR: dir,
    HOST: oneLine(run.host.name),
    ...(event.kind === 'ended' ? outcomeVariables(event.outcome) : { ATTENTION: event.attention }),
    EVIDENCE: oneLine(event.kind === 'ended' ? event.outcome.evidence : event.evidence),
    LOG: log,
  });
}

type Ended = Extract<Facts['event'], { kind: 'ended' }>['outcome'];

function outcomeVariables({ outcome, reason, advice, exitCode, signal, startedAt, endedAt, elapsedMs }: Ended) {
  return {
    OUTCOME: outcome,
    REASON: reason,
    ADVICE: advice,
    EXIT_CODE: exitCode,
    SIGNAL: signal && oneLine(signal),
    STARTED_AT: isoOf(startedAt),
    ENDED_AT: isoOf(endedAt),
    ELAPSED_MS: elapsedMs,
  };
}

function withPrefix(values: Readonly<Record<string, string | number | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[`PM_NOTIFICATION_${name}`, String(value).replaceAll('\0', '')]],
    ),
  );
}
