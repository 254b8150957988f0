import type { RunRecord } from '@pm/protocol';
import { presentIn, readRunRecord } from '@pm/protocol/fs';
import { roughDuration } from '@pm/protocol/text';
import { configFileOf } from '../config/read-config.ts';
import type { Context } from '../project/context.ts';
import type { StartRequest } from '../project/start-request.ts';
import { withLivingSurvivors } from '../runs/outcome-view.ts';
import type { Answer, RunView } from '../shape/answer.ts';
import { type Ensured, ensureSet, type NeedRefs, needRefsOf, type PartInSet } from './ensure-set.ts';
import { whileHeld } from './holds.ts';
import { withNeeds } from './needs-of.ts';
import { stopUnneeded } from './stop-unneeded.ts';

// Why: contributing/decisions/2026-11-29-services-that-a-run-needs.md
/**
 * Begins a run after everything that it needs is ready. If a need does not get ready, the run is not begun. What was started for it is
 * stopped then, unless somebody else needs it.
 * @param ensure starts one step if it is not there, and waits until it is ready
 * @param begin begins the run itself
 * @throws PmError `usage` for needs that are no steps, or that need each other in a cycle
 */
export async function beginWithNeeds<Begun>(
  dir: string,
  request: StartRequest,
  context: Context,
  ensure: (step: string, part: PartInSet) => Promise<Answer>,
  begin: (needs: NeedRefs) => Promise<Begun>,
): Promise<Begun | { readonly kind: 'answer'; readonly answer: Answer }> {
  const { step, config, keep, needs: own = [] } = request;
  const steps = { ...config?.steps, [step]: { command: [...request.command], needs: [...own] } };
  const order = withNeeds(steps, [step], configFileOf(dir)).slice(0, -1);
  const all = order.map((need) => need.step);
  const failed: RunRecord[] = [];
  const made = await whileHeld(dir, all, context.signal, async () => {
    const found = await ensureSet(order, (need, needs) => ensure(need, { needs, forNeeds: keep !== true }));
    for (const ensured of found.values())
      if (ensured.kind === 'failed') failed.push(...ensured.answer.runs.flatMap((view) => recordOf(dir, view)));
    const ready = needRefsOf(own, found);
    if (ready.kind === 'missing') return { refused: notBegun(step, ready.step, found) };
    return { begun: await begin(ready.refs) };
  }).finally(() => stopUnneeded(dir, context, failed));
  if (made.refused === undefined) return made.begun;
  const runs = made.refused.runs.map((view) => {
    const run = failed.find(({ id }) => id === view.id);
    return run === undefined ? view : withLivingSurvivors(run, view);
  });
  return { kind: 'answer', answer: { ...made.refused, runs } };
}

function recordOf(dir: string, { id }: RunView): RunRecord[] {
  const run = id === undefined ? undefined : presentIn(readRunRecord(dir, id));
  return run === undefined ? [] : [run];
}

/** The answer of a start whose need did not get ready: the view of that need, with its last lines. */
function notBegun(step: string, need: string, found: ReadonlyMap<string, Ensured>): Answer {
  const path = [step, need];
  let failed = need;
  let ensured = found.get(failed);
  while (ensured?.kind === 'left-out') {
    failed = ensured.for;
    path.push(failed);
    ensured = found.get(failed);
  }
  const answer = ensured?.kind === 'failed' ? ensured.answer : { runs: [], next: [] };
  const [view] = answer.runs;
  const why = answer.refusal?.message ?? (view === undefined ? 'it could not be started' : whyNotReady(view));
  const through = path.length > 2 ? ` (${path.join(' needs ')})` : '';
  return {
    ...answer,
    refusal: {
      kind: 'need-not-ready',
      message: `${step} was not started, because ${failed} is not ready: ${why}${through}`,
    },
  };
}

function whyNotReady({ state, outcome, exitCode, elapsedMs, readyEvidence, evidence }: RunView): string {
  if (state !== 'ended') return readyEvidence ?? evidence;
  const code = exitCode === undefined ? '' : ` with exit code ${exitCode}`;
  return `it ended${code} after ${roughDuration(elapsedMs)} (${outcome})`;
}
