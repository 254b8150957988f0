import { setMaxListeners } from 'node:events';
import { noteTold, type Tick, watch } from '@pm/monitor';
import { ATTENTIONS, parseStepRef, type RunRecord } from '@pm/protocol';
import * as z from 'zod/mini';
import type { Next, RunView } from './answer.ts';
import { bringResident } from './bring-resident.ts';
import { callsAfterAll } from './calls-after-failure.ts';
import { decisiveLines } from './decisive-lines.ts';
import { Duration, Limit } from './duration.ts';
import { budget, dir, flag, someSteps } from './fields.ts';
import { claimsOf, findRun, newestClaims, stepsIn, unreadableBecause } from './find-run.ts';
import { applyForeignRules } from './foreign-rules.ts';
import { awaitLine } from './line-in-log.ts';
import { locateDirectory } from './locate-directory.ts';
import { newsFor, told } from './news.ts';
import { type Context, operation } from './operation.ts';
import { policyOf } from './policy-of.ts';
import { goesOn, tickNow, viewNow } from './run-view.ts';
import { says } from './says.ts';
import { viewAfter } from './view-after.ts';
import { withBreakers } from './with-breaker.ts';
import { withinBudget } from './within-budget.ts';

const LIST = new RegExp(`^(${ATTENTIONS.join('|')})(,(${ATTENTIONS.join('|')}))*$`);

export const wait = operation({
  name: 'wait',
  summary: 'Wait until runs end or want a decision, judging them meanwhile; waiting again keeps the same deadlines.',
  input: z.strictObject({
    steps: someSteps,
    dir,
    any: flag('Return when the first of them has ended.'),
    forLine: says('Return as soon as a line of the log has this text, from its first byte on.', z.optional(z.string())),
    ignore: says(
      `Troubles that do not end the wait, with commas between them: ${ATTENTIONS.join(', ')}.`,
      z.optional(z.string().check(z.regex(LIST, `must be of ${ATTENTIONS.join(', ')}, with commas`))),
    ),
    budget,
    timeout: says(
      "Limit for a foreign writer's run, which brings none (30m; none if it was listed before).",
      z.optional(Limit),
    ),
    stale: says("How old a foreign writer's heartbeat may grow (60s).", z.optional(Duration)),
  }),
  output: async () => (await import('./answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const tick = tickNow();
    const { steps = [] } = input;
    const isOfAll = steps.length === 0;
    const runs = isOfAll ? liveRuns(where, tick) : steps.map((name) => findRun(where, name, policyOf(input)));
    const views = new Map<string, RunView>(runs.map((run) => [run.id, viewNow(where, run, BY, tick)]));
    const live = runs.filter(({ id }) => isLive(views.get(id)));
    if (live.length > 0) bringResident(where, context);
    for (const run of live) {
      const view = views.get(run.id);
      if (view !== undefined) applyForeignRules(where, { run, view }, input, BY);
    }
    const ignored = input.ignore?.split(',') ?? [];
    const isEnough = (): boolean => {
      const known = [...views.values()];
      if (known.some(({ attention, lineSeen }) => attention !== undefined || lineSeen !== undefined)) return true;
      return input.any === true && known.some((view) => !goesOn(view));
    };

    await withinBudget(input.budget, context.signal, async (signal) => {
      let isOver = live.length === 0 || isEnough();
      if (isOver && input.forLine === undefined) return;
      const enough = new AbortController();
      setMaxListeners(0, enough.signal); // one for each log that is followed: more than ten are no leak
      signal.addEventListener('abort', () => enough.abort(), { once: true });
      // What has ended may have said it as well.
      const lines = Promise.all(input.forLine === undefined ? [] : runs.map((run) => lineOf(run, input.forLine ?? '')));
      lines.catch(() => enough.abort()); // a log that cannot be read: told below, at once
      async function lineOf(run: RunRecord, text: string): Promise<void> {
        const line = await awaitLine(where, run, text, () => isOver || !isLive(views.get(run.id)), enough.signal);
        const view = views.get(run.id);
        if (line === undefined || view === undefined) return;
        views.set(run.id, { ...(goesOn(view) ? viewNow(where, run, BY) : view), lineSeen: line });
        enough.abort();
      }
      for await (const event of isOver ? [] : watch(where, live, { signal: enough.signal, by: BY })) {
        const view = await viewAfter(where, event, views.get(event.run.id), ignored);
        if (view !== undefined) views.set(event.run.id, view);
        if (event.type === 'look' && view !== undefined)
          await context.report?.({ type: 'progress', run: view, lastLine: lastLineOf(view) });
        if (isEnough()) break;
      }
      isOver = true; // of what goes on nothing more is waited for; what has ended is still read to its end
      await lines;
      enough.abort();
    });

    for (const run of live) settle(where, run, views, context);
    const backs = new Map(runs.map(({ id }, i) => [id, parseStepRef(steps[i] ?? '')?.back ?? 0]));
    const found = [...views].map(([id, view]) => ({ ...view, ...(backs.get(id) && { back: backs.get(id) }) }));
    const answers = await withBreakers(where, found, context);
    told(answers, where, context);
    const malformed = isOfAll ? newestClaims(where).flatMap((claim) => unreadableBecause(claim) ?? []) : [];
    const unreadable = malformed.length > 0 && { malformed };
    if (runs.length === 0) return { runs: [], ...unreadable, next: callsInstead(where, input.dir, context) };
    return {
      runs: answers.map((view) => withoutLine(view, input.forLine)),
      ...unreadable,
      ...(answers.some(goesOn) && !isEnough() && !context.signal.aborted && { budgetOver: true }),
      next: await callsAfterAll(answers, input.dir, context.cwd),
    };
  },
});

/** With nothing to wait for: what ended and was told to nobody, else what there is. */
function callsInstead(where: string, named: string | undefined, context: Context): Next[] {
  const isUnseen = newsFor(where, context);
  const claims = stepsIn(where).flatMap((step) => [...claimsOf(where, step)]);
  const unseen = claims.filter(({ run }) => run.kind === 'present' && isUnseen(run.value)).length;
  const input = named === undefined ? {} : { dir: named };
  if (unseen > 0) return [{ operation: 'recover', input, why: `${unseen} ended, and nobody was told` }];
  return claims.length === 0 ? [] : [{ operation: 'ls', input, why: 'see what ended' }];
}

const BY = `pm wait ${process.pid}`;

/** A look may be old by now: what is told at the end is looked at anew. That a trouble was told is noted once it was. */
function settle(where: string, run: RunRecord, views: Map<string, RunView>, { answered }: Context): void {
  const view = views.get(run.id);
  if (view === undefined || !goesOn(view) || view.lineSeen !== undefined) return;
  const { attention, evidence } = view;
  const now = viewNow(where, run, BY);
  views.set(run.id, attention === undefined || !goesOn(now) ? now : { ...now, attention, evidence });
  if (attention !== undefined) answered?.(() => noteTold(where, run.id, attention));
}

/** It has ended, and its log never had the line that was waited for. */
function withoutLine(view: RunView, text: string | undefined): RunView {
  return text === undefined || view.state !== 'ended' || view.lineSeen !== undefined
    ? view
    : { ...view, lineMissing: text };
}

function isLive(view: RunView | undefined): boolean {
  return view !== undefined && goesOn(view);
}

function liveRuns(where: string, tick: Tick): RunRecord[] {
  return newestClaims(where)
    .flatMap(({ run }) => (run.kind === 'present' ? [run.value] : []))
    .filter((run) => goesOn(viewNow(where, run, BY, tick)));
}

function lastLineOf({ logFile }: RunView): string {
  return logFile === undefined ? '' : (decisiveLines(logFile).split('\n').at(-1) ?? '');
}
