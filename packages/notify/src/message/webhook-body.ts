import { eventName, type Facts } from './facts.ts';
import { oneLine, sentence } from './sentence.ts';

/**
 * The JSON of a webhook in the form of Standard Webhooks: `type`, `timestamp` and `data`. `text` is the same in one sentence, for
 * receivers that show a text. It has the arguments of no command, because those often hold passwords.
 */
export function webhookBody(facts: Facts): string {
  const { event, run, dir, log } = facts;
  const at = event.kind === 'ended' ? event.outcome.endedAt : event.at;
  return JSON.stringify({
    type: event.kind === 'ended' ? 'run.ended' : 'run.attention',
    timestamp: isoOf(at),
    text: sentence(facts),
    data: {
      step: run.step,
      run: run.id,
      event: eventName(event),
      ...(event.kind === 'ended' ? outcomeData(event.outcome) : { attention: event.attention }),
      evidence: oneLine(event.kind === 'ended' ? event.outcome.evidence : event.evidence),
      host: oneLine(run.host.name),
      dir: oneLine(dir),
      ...(log !== undefined && { log }),
    },
  });
}

type Ended = Extract<Facts['event'], { kind: 'ended' }>['outcome'];

function outcomeData(outcome: Ended) {
  const { reason, advice, exitCode, signal, startedAt, endedAt, elapsedMs, attempts } = outcome;
  return {
    outcome: outcome.outcome,
    reason,
    advice,
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal: oneLine(signal) }),
    startedAt: isoOf(startedAt),
    endedAt: isoOf(endedAt),
    elapsedMs,
    ...(attempts !== undefined && { attempts }),
  };
}

/** ISO 8601 in UTC. A record may hold an instant that no calendar has. */
export function isoOf(ms: number): string {
  return new Date(Math.min(ms, 8.64e15)).toISOString();
}
