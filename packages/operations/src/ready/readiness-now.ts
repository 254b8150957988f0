import type { RunRecord } from '@pm/protocol';
import type { Context } from '../project/context.ts';
import type { RunView } from '../shape/answer.ts';
import { withinBudget } from '../wait/within-budget.ts';
import { askUntilReady } from './ask-until-ready.ts';

/** A server that runs here answers in milliseconds. One that does not answer must not hold up whoever only looks. */
const MOST_MS = 500;
/** These look at the network, at files and at the output. Others start programs or load code of the project. */
const CHEAP = /^(?:tcp|http|https|file|line|directory)(?::|$)/;

/**
 * The view of a live run that is not ready on record, after one more look: nobody may have asked since it began, because the process that
 * waited for it and the resident monitor were killed. It asks only checks that look and start nothing.
 * @param lookAgain gives the view of the run as it is then
 */
export async function withReadinessNow(
  dir: string,
  run: RunRecord,
  view: RunView,
  lookAgain: () => RunView,
  { env, signal }: Pick<Context, 'env' | 'signal'>,
): Promise<RunView> {
  const { ready = [] } = run;
  if (view.ready !== false || view.state === 'ended' || !ready.every(isCheap)) return view;
  await withinBudget(MOST_MS, signal, async (over) => {
    const answered = new AbortController();
    const signal = AbortSignal.any([over, answered.signal]);
    await askUntilReady(dir, run, { env, signal, seen: () => answered.abort() });
  });
  return lookAgain();
}

function isCheap(spec: NonNullable<RunRecord['ready']>[number]): boolean {
  return CHEAP.test(typeof spec === 'string' ? spec : spec.check);
}
