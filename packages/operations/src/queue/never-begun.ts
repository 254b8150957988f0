import { readFileSync } from 'node:fs';
import { judgeOnce, orderEnding } from '@pm/monitor';
import { type QueuedRecord, type RunRecord, runPaths, type UnbegunReason } from '@pm/protocol';
import { createRecord, removeQueued } from '@pm/protocol/fs';
import { beginAfter, readStepState, resumeTurn } from '@pm/wrapper';
import { specOf } from './queued-call.ts';

/**
 * Ends a run that waits, before its command begins: it becomes a run with records and an outcome like others.
 * @param reason absent: somebody asked for it
 * @returns the run; undefined if its wrapper has begun, or if another run of the step is live, so that this one cannot become the newest
 * yet
 */
export async function endUnbegun(
  dir: string,
  record: QueuedRecord,
  { by, evidence, reason }: { readonly by: string; readonly evidence: string; readonly reason?: UnbegunReason },
): Promise<RunRecord | undefined> {
  const run = await recorded(dir, record);
  if (run === undefined || !closeGate(dir, run.id)) return undefined;
  orderEnding(dir, run.id, 'cancelled', by, evidence, reason);
  judgeOnce(dir, run, by);
  removeQueued(dir, record);
  return run;
}

const NEVER = 'never\n';

/** A wrapper that starts creates the same file, so one of the two is first. @returns false if a wrapper was */
function closeGate(dir: string, id: string): boolean {
  const { gate } = runPaths(dir, id);
  return createRecord(gate, NEVER) || readFileSync(gate, 'utf8') === NEVER;
}

async function recorded(dir: string, record: QueuedRecord): Promise<RunRecord | undefined> {
  for (;;) {
    const known = resumeTurn(dir, record.step, record.id);
    if (known !== undefined) return known;
    const state = await readStepState(dir, record.step);
    if (state.kind === 'already-running') return undefined;
    const begun = await beginAfter({ ...specOf(dir, record), unconfined: true }, state.n);
    if (begun.kind === 'begun') return begun.run;
    if (begun.kind === 'already-running') return undefined;
  }
}
