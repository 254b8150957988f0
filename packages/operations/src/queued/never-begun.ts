import { readFileSync } from 'node:fs';
import { judgeOnce, orderEnding } from '@pm/monitor';
import {
  decodeEnding,
  type Ending,
  encodeEnding,
  type QueuedRecord,
  type RunRecord,
  runPaths,
  type UnbegunReason,
} from '@pm/protocol';
import { createRecord, removeQueued } from '@pm/protocol/fs';
import { beginAfter, readStepState, resumeTurn } from '@pm/wrapper';
import { specOf } from './queued-call.ts';

/**
 * Ends a run that waits, before its command begins: it becomes a run with records and an outcome like others.
 * @param reason absent: somebody asked for it
 * @returns the run; undefined if its wrapper has begun, or if another run of the step is live: then this one cannot be recorded yet
 */
export async function endUnbegun(
  dir: string,
  record: QueuedRecord,
  { by, evidence, reason }: { readonly by: string; readonly evidence: string; readonly reason?: UnbegunReason },
): Promise<RunRecord | undefined> {
  const run = await recorded(dir, record);
  const decided = run && closeGate(dir, run.id, { cause: 'cancelled', by, evidence, ...(reason && { reason }) });
  if (run === undefined || decided === undefined) return undefined;
  orderEnding(dir, run.id, 'cancelled', decided.by, decided.evidence, decided.reason);
  judgeOnce(dir, run, by);
  removeQueued(dir, record);
  return run;
}

type Never = Extract<Ending, { readonly by: string }>;

const NEVER = 'never\n';

/**
 * A wrapper that starts creates the same file, so one of the two is first. It says why the run never begins: whoever completes the work of
 * another process, which may be dead or slow, records the same cause.
 * @returns why it never begins; undefined if a wrapper was first
 */
function closeGate(dir: string, id: string, ending: Never): Never | undefined {
  const { gate } = runPaths(dir, id);
  if (createRecord(gate, `${NEVER}${encodeEnding(ending)}`)) return ending;
  const text = readFileSync(gate, 'utf8');
  if (!text.startsWith(NEVER)) return undefined;
  const decoded = decodeEnding(text.slice(NEVER.length));
  return decoded.kind === 'present' && decoded.value.cause === 'cancelled' ? decoded.value : ending;
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
