import { adviceOf } from '@pm/monitor';
import { encodeJson, type OutcomeRecord, type QueuedRecord, type Reason, type Report, runPaths } from '@pm/protocol';
import { createRecord, readReport } from '@pm/protocol/fs';
import { announced } from './announced.ts';
import { foldLogs } from './apply-log.ts';
import { type Applied, beginMirror } from './begin-mirror.ts';

/** Why a run elsewhere counts as lost, by evidence of whoever gave its worker the entry. */
export interface LossElsewhere {
  readonly worker: Report['worker'];
  readonly reason: Reason;
  readonly evidence: string;
  /** When that was found out, epoch ms. */
  readonly at: number;
}

/**
 * Records that a run elsewhere was lost: its worker will never report its outcome, because it has lost its right to run the entry. If the outcome
 * is on record already, that one stays.
 */
export async function applyLoss(
  dir: string,
  { id, step }: Pick<QueuedRecord, 'id' | 'step'>,
  { worker, reason, evidence, at }: LossElsewhere,
): Promise<Applied> {
  const begun = await beginMirror(dir, step, id, { worker, run: undefined });
  if (begun.kind !== 'begun') return begun;
  const { run } = begun;
  const report = readReport(dir, id)?.report;
  const here = foldLogs(dir, id);
  const startedAt = Math.min(report?.begunAt ?? run.createdAt, at);
  const record: OutcomeRecord = {
    v: 1,
    id,
    step,
    outcome: 'lost',
    reason,
    advice: adviceOf('lost', reason),
    startedAt,
    endedAt: at,
    elapsedMs: at - startedAt,
    evidence,
    survivors: [],
    logBytes: here.log,
    ...(report?.attempt !== undefined && { attempts: report.attempt }),
  };
  const paths = runPaths(dir, id);
  createRecord(paths.outcome, encodeJson(record), true, paths.reserve);
  return { kind: 'applied', run, outcome: announced(dir, run), here };
}
