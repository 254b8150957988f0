import { parseStepRef, type QueuedRecord, type RunRecord } from '@pm/protocol';
import { presentIn, readClaim, readQueued, readRunRecord } from '@pm/protocol/fs';

/** The run that waits for its turn under this name; undefined if none does, or if the name is that of an earlier run. */
export function findQueued(dir: string, name: string): QueuedRecord | undefined {
  const ref = parseStepRef(name);
  if (ref === undefined || ref.back > 0) return undefined;
  const record = presentIn(readQueued(dir, ref.step));
  return record === undefined || findBegun(dir, record) !== undefined ? undefined : record;
}

/** The run itself, once it has begun or has ended before that; undefined while it waits. */
export function findBegun(dir: string, { id, step }: Pick<QueuedRecord, 'id' | 'step'>): RunRecord | undefined {
  const run = presentIn(readRunRecord(dir, id));
  if (run === undefined) return undefined;
  const newest = readClaim(dir, step)?.run; // between its record and its claim it has not begun yet
  return newest?.kind === 'present' && newest.value.id < id ? undefined : run;
}
