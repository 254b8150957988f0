import { watch } from '@pm/monitor';
import type { RunRecord } from '@pm/protocol';
import * as z from 'zod/mini';
import type { RunView } from './answer.ts';
import { decisiveLines } from './decisive-lines.ts';
import { Duration, Limit } from './duration.ts';
import { budget, dir, someSteps } from './fields.ts';
import { findRun, newestClaims } from './find-run.ts';
import { locateDirectory } from './locate-directory.ts';
import { callsAfter } from './next-calls.ts';
import { operation } from './operation.ts';
import { viewOfOutcome } from './outcome-view.ts';
import { policyOf } from './policy-of.ts';
import { goesOn, viewNow, viewOfLook } from './run-view.ts';
import { says } from './says.ts';
import { untilProjected } from './until-projected.ts';
import { withinBudget } from './within-budget.ts';

export const wait = operation({
  name: 'wait',
  summary: 'Wait until runs end, judging them meanwhile; waiting again keeps the same deadlines.',
  input: z.strictObject({
    steps: someSteps,
    dir,
    budget,
    timeout: says("Limit for a foreign writer's run, which brings none (30m).", z.optional(Limit)),
    stale: says("How old a foreign writer's heartbeat may grow (60s).", z.optional(Duration)),
  }),
  output: async () => (await import('./answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const runs =
      input.steps === undefined || input.steps.length === 0
        ? liveRuns(where)
        : input.steps.map((name) => findRun(where, name, policyOf(input)));
    const views = new Map<string, RunView>(runs.map((run) => [run.id, viewNow(where, run, BY)]));
    const live = runs.filter(({ id }) => {
      const view = views.get(id);
      return view !== undefined && goesOn(view);
    });
    await withinBudget(input.budget, context.signal, async (signal) => {
      for await (const event of watch(where, live, { signal, by: BY })) {
        if (event.type === 'ended') {
          await untilProjected(where, event.run);
          views.set(event.run.id, viewOfOutcome(where, event.run, event.outcome));
        } else if (event.verdict.verdict !== 'ended') {
          const view = viewOfLook(where, event.run, event.look, event.verdict);
          views.set(event.run.id, view);
          await context.report?.({ type: 'progress', run: view, lastLine: lastLineOf(view) });
        }
      }
    });
    // A look may be old by now: what is told at the end is looked at anew.
    for (const run of live) if (goesOn(views.get(run.id) as RunView)) views.set(run.id, viewNow(where, run, BY));
    const answers = [...views.values()];
    const running = answers.filter(goesOn);
    return {
      runs: answers,
      ...(running.length > 0 && !context.signal.aborted && { budgetOver: true }),
      next: answers.flatMap((view) => callsAfter(view, input.dir)),
    };
  },
});

const BY = `pm wait ${process.pid}`;

function liveRuns(where: string): RunRecord[] {
  return newestClaims(where)
    .flatMap(({ run }) => (run.kind === 'present' ? [run.value] : []))
    .filter((run) => goesOn(viewNow(where, run, BY)));
}

function lastLineOf({ logFile }: RunView): string {
  return logFile === undefined ? '' : (decisiveLines(logFile).split('\n').at(-1) ?? '');
}
