import { type judgeOnce, troublesOf } from '@pm/monitor';
import type { OutcomeRecord, Report, RunRecord } from '@pm/protocol';
import { readReadiness } from '@pm/protocol/fs';
import { viewOfLook } from '../runs/run-view.ts';

/** The longest sentence of a report, in characters. */
export const WORDS = 4_096;
/** The largest result that is carried. */
const MOST_RESULT_BYTES = 262_144;

/** A judgement of a run whose outcome is not known yet. */
type Unconcluded = Exclude<ReturnType<typeof judgeOnce>, { readonly kind: 'ended' | 'vanished' }>;

/** What a report says of how its run stands. */
type ReportedState = Pick<Report, 'state' | 'evidence' | 'elapsedMs'> & Partial<Report>;

/** How a run stands that has not ended, or whose outcome cannot be told yet. */
export function liveState(dir: string, run: RunRecord, judged: Unconcluded): ReportedState {
  const { look, verdict } = judged;
  const view = viewOfLook(dir, run, look, verdict);
  const troubles = troublesOf(look.observation, run.policy).map(({ attention, evidence }) => ({
    attention,
    evidence: evidence.slice(0, WORDS),
  }));
  const isOver = judged.kind !== 'live';
  return {
    state: isOver ? 'stopping' : view.state,
    evidence: (isOver ? `it has ended, but its outcome cannot be told yet (${judged.why})` : view.evidence).slice(
      0,
      WORDS,
    ),
    begunAt: view.startedAt,
    elapsedMs: view.elapsedMs,
    limitMs: view.limitMs ?? null,
    ...(view.quietMs !== undefined && { quietMs: view.quietMs }),
    ...(troubles.length > 0 && { troubles }),
    ...(view.progress !== undefined && { progress: view.progress }),
    ...(view.attempt !== undefined && { attempt: view.attempt }),
    ...readiness(dir, run),
  };
}

function readiness(dir: string, run: RunRecord): Pick<Report, 'ready' | 'unready'> {
  if (run.ready === undefined) return {};
  const { ready, evidence } = readReadiness(dir, run);
  if (ready !== undefined) return { ready };
  return evidence === undefined ? {} : { unready: { v: 1, at: Date.now(), evidence } };
}

/**
 * How a run has ended. A result that is too large stays on its worker, and so does the middle of a long log: both are said.
 * @param worker its name
 */
export function endedState(
  { result, logTruncated, ...outcome }: OutcomeRecord,
  { bytes, skipped }: NonNullable<Report['log']>,
  worker: string,
): ReportedState {
  const text = result === undefined ? undefined : JSON.stringify(result);
  const size = Buffer.byteLength(text ?? '');
  const isTooLarge = size > MOST_RESULT_BYTES;
  const left = skipped && `bytes ${skipped.from} to ${skipped.to} of its log were left on ${worker}`;
  const lost = [logTruncated, left].filter((one) => one !== undefined).join('; ');
  const tooLarge = `the result was left on ${worker}: ${size} bytes, more than ${MOST_RESULT_BYTES}`;
  return {
    state: 'ended',
    evidence: outcome.evidence.slice(0, WORDS),
    begunAt: outcome.startedAt,
    elapsedMs: outcome.elapsedMs,
    ...(outcome.attempts !== undefined && outcome.attempts > 0 && { attempt: outcome.attempts }),
    ...(text !== undefined && !isTooLarge && { result: text }),
    outcome: {
      ...outcome,
      logBytes: bytes,
      ...(lost !== '' && { logTruncated: lost }),
      ...(isTooLarge && { resultError: tooLarge }),
    },
  };
}
