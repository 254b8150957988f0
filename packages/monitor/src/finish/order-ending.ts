import { encodeEnding, type OrderCause, runPaths, type UnbegunReason } from '@pm/protocol';
import { createRecord } from '@pm/protocol/fs';
import { appendEvent } from './event-log.ts';

/**
 * Orders that a run ends: writes its ending, unless another one is on record already. On a full disk it takes the room
 * that the run has reserved for that.
 * @param by who orders it
 * @param reason of a run that is cancelled before its command began
 * @returns true if this ending is the one on record: the caller has to carry it out
 */
export function orderEnding(
  dir: string,
  runId: string,
  cause: OrderCause,
  by: string,
  evidence: string,
  reason?: UnbegunReason,
): boolean {
  const { ending, reserve } = runPaths(dir, runId);
  const isFirst = createRecord(
    ending,
    encodeEnding({ cause, by, evidence, ...(reason !== undefined && { reason }) }),
    false,
    reserve,
  );
  if (isFirst) appendEvent(dir, runId, by, `ordered-${cause}`, { evidence });
  return isFirst;
}
