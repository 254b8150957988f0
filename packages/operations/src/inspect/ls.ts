import { type Outcome, PmError, parseStepRef } from '@pm/protocol';
import { hasQueued, openWork, presentIn, readOutcome } from '@pm/protocol/fs';
import { exactDuration } from '@pm/protocol/text';
import * as z from 'zod/mini';
import { withBreakers } from '../breaker/lazy-breaker.ts';
import { hasEntries } from '../elsewhere/entries.ts';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { everyDirectory } from '../project/known-directories.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { notesOnOthersWork } from '../project/others-work.ts';
import { isOwnedBy, ownerOf } from '../project/owner.ts';
import { claimsOf, type KeptClaim, newestClaims, noSuchRun, stepsIn } from '../runs/find-run.ts';
import { restoreUnrecorded } from '../runs/restore-runs.ts';
import { runNames } from '../runs/run-names.ts';
import { type UnseenEndings, unseenBy } from '../runs/unseen-endings.ts';
import { conclude, viewsOf } from '../runs/views-of.ts';
import type { Answer, Next, RunView } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { dir, failedRuns, flag, oneStep, sinceEnd } from '../shape/fields.ts';
import { isLive } from '../shape/is-live.ts';
import { invalidStepName } from '../shape/step-name.ts';
import { type ClaimPage, inOrder, newestOfSteps, runsOfStep } from './list-claims.ts';
import { beforeQueued, type Listed, listQueued } from './list-queued.ts';

/** About one screen. */
const SHOWN = 20;
const MOST_SHOWN = 100_000;

const LsInput = z.strictObject({
  step: z.optional(oneStep),
  dir,
  mine: flag('Only runs of this session, or of this user if the host has no session.'),
  everywhere: flag('Runs of every directory you have started runs in.'),
  failed: failedRuns,
  since: sinceEnd,
  watch: flag('Show the list until Ctrl-C, updated every second.'),
  oneline: flag(
    'Print the number of runs on one line, for a prompt or a status line. Print nothing if there is nothing to report.',
  ),
  limit: describe(
    `How many runs to show (default ${SHOWN}). The answer says how many there are.`,
    z.optional(z.coerce.number().check(z.int(), z.gte(1), z.lte(MOST_SHOWN))),
  ),
});
type LsInput = z.output<typeof LsInput>;

const NONE: Listed = { runs: [], malformed: [], total: 0 };

export const ls = operation({
  name: 'ls',
  summary: 'List the newest run of every step, live and unseen ones first, or all runs of one step.',
  input: LsInput,
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const here = locateDirectory(input.dir, context);
    if (input.oneline === true) return inOneLine(here, input, context);
    if (input.watch !== true) return listNow(here, input, context);
    const { keepListing } = await import('../usage/keep-listing.ts');
    return keepListing((now) => listNow(here, input, now), context);
  },
});

async function listNow(here: string, input: LsInput, context: Context): Promise<Answer> {
  if (hasEntries(here)) await (await import('../elsewhere/news-follower.ts')).newsNow(here);
  const listed =
    input.everywhere === true ? await listedEverywhere(here, input, context) : await listedIn(here, input, context);
  const isOfEnded = input.failed === true || input.since !== undefined;
  const queued = isOfEnded ? NONE : await listQueued(here, input, input.limit ?? SHOWN, context);
  const malformed = [...listed.malformed, ...queued.malformed];
  // A run that has its turn just now may be in both lists.
  const waiting = new Set(queued.runs.map(({ id }) => id));
  const listedRuns = listed.runs.filter(({ id }) => !waiting.has(id));
  const total = listed.total - (listed.runs.length - listedRuns.length) + queued.total;
  const isMixed = input.step === undefined || input.everywhere === true;
  const older = listed.runs.map((run) => beforeQueued(run, queued.runs));
  const found = isMixed ? older.sort(byUrgency) : older;
  const live = found.filter(isLive);
  const runs = [...live, ...queued.runs, ...found.filter((run) => !isLive(run))].slice(0, input.limit ?? SHOWN);
  if (input.everywhere !== true && (runs.some(({ state }) => state !== 'ended') || openWork(here).length > 0)) {
    const { ensureResidentAfterAnswer } = await import('../runs/ensure-resident.ts');
    ensureResidentAfterAnswer(here, runs, context);
  }
  const notes = input.everywhere === true ? [] : notesOnOthersWork(here, context.env);
  return {
    runs,
    total,
    ...(notes.length > 0 && { notes }),
    ...(malformed.length > 0 && { malformed }),
    next: [...callsAfterList(runs, input), ...longerList(total, input)],
  };
}

async function inOneLine(here: string, input: LsInput, context: Context): Promise<Answer> {
  const { step, failed, since, limit, watch } = input;
  if (step !== undefined || failed === true || since !== undefined || limit !== undefined || watch === true)
    throw new PmError(
      'usage',
      'oneline counts all runs: it takes no step, failed, since, limit or watch.',
      'pm ls --oneline --everywhere',
    );
  const { summarise } = await import('../summary/summarise.ts');
  return { runs: [], summary: await summarise(here, input, context), next: [] };
}

/** The next calls after a list: for live runs and for unseen endings. For several directories there is no single call. */
function callsAfterList(runs: readonly RunView[], { everywhere, dir: named }: LsInput): Next[] {
  if (everywhere === true) return [];
  const place = named === undefined ? {} : { dir: named };
  const anyLive = runs.some(isLive);
  const anyUnseen = runs.some(({ unseen }) => unseen === true);
  return [
    ...(anyUnseen ? [{ operation: 'recover', input: place, why: 'see how they ended' }] : []),
    ...(anyLive ? [{ operation: 'wait', input: place, why: 'wait for the live runs' }] : []),
  ];
}

/** The call that shows more of a list that was cut. */
function longerList(total: number, { limit: shown = SHOWN, since, watch: _, ...input }: LsInput): Next[] {
  if (total <= shown) return [];
  const limit = Math.min(Math.max(5 * shown, 100), total, MOST_SHOWN);
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const again = { ...given, ...(since !== undefined && { since: exactDuration(since) }), limit };
  return [{ operation: 'ls', input: again, why: `see ${limit === total ? 'all' : limit} of ${total}` }];
}

async function listedEverywhere(here: string, input: LsInput, context: Context): Promise<Listed> {
  const { dirs, malformed } = everyDirectory(here, context.env);
  const runs: RunView[] = [];
  let total = 0;
  for (const where of dirs) {
    try {
      const listed = await listedIn(where, input, context);
      runs.push(...listed.runs.map((run) => ({ ...run, dir: where })));
      total += listed.total;
      malformed.push(...listed.malformed.map((sentence) => `${where}: ${sentence}`));
    } catch (error) {
      malformed.push(`${where}: ${(error as Error).message}`); // a directory that cannot be read does not hide the others
    }
  }
  return { runs, malformed, total };
}

async function listedIn(where: string, input: LsInput, context: Context): Promise<Listed> {
  restoreUnrecorded(where, 'pm ls');
  const endings = unseenBy(where, context);
  const { claims, total } = await pageOf(where, input, endings, context);
  const views = await viewsOf(where, claims, endings, 'pm ls', 'listed');
  // A run that was pruned just now is in neither list.
  const gone = claims.length - views.runs.length - views.malformed.length;
  return { ...views, total: total - Math.max(gone, 0), runs: await withBreakers(where, views.runs, context) };
}

/** The newest run of every step, or all runs of one step; with `mine`, only those of the caller. */
async function pageOf(where: string, input: LsInput, endings: UnseenEndings, context: Context): Promise<ClaimPage> {
  const { step, mine, everywhere, failed, since, limit = SHOWN } = input;
  const isFiltered = mine === true || failed === true || since !== undefined;
  if (step !== undefined) {
    const name = stepIn(step);
    const page = runsOfStep(where, name, isFiltered ? Number.POSITIVE_INFINITY : limit);
    if (page.claims.length === 0 && everywhere !== true && !hasQueued(where, step)) throw noSuchRun(where, step);
    if (!isFiltered) return page;
    if (failed === true || since !== undefined) await conclude(where, page.claims, 'pm ls');
    const claims = page.claims.filter(isListed(where, input, context));
    return { claims: claims.slice(0, limit), total: claims.length };
  }
  if (!isFiltered) return newestOfSteps(where, endings, limit);
  const newest = mine === true ? newestOfCaller(where, context) : newestClaims(where);
  if (failed === true || since !== undefined) await conclude(where, newest, 'pm ls');
  const claims = inOrder(newest.filter(isListed(where, input, context)), runNames(where).ended, endings);
  return { claims: claims.slice(0, limit), total: claims.length };
}

function newestOfCaller(where: string, context: Context): KeptClaim[] {
  const isMine = isListed(where, { mine: true }, context);
  return stepsIn(where).flatMap((name) => {
    for (const claim of claimsOf(where, name)) if (isMine(claim)) return [claim];
    return [];
  });
}

/** Whether a run passes the filters. A run whose record cannot be read passes: nothing is known of it. */
function isListed(where: string, { mine, failed, since }: LsInput, context: Context): (claim: KeptClaim) => boolean {
  const me = ownerOf(context);
  const sinceMs = since === undefined ? undefined : Date.now() - since;
  return (claim) => {
    const run = presentIn(claim.run);
    if (run === undefined) return true;
    if (mine === true && !isOwnedBy(me, run)) return false;
    if (failed !== true && sinceMs === undefined) return true;
    const ended = presentIn(readOutcome(where, run.id));
    if (failed === true && !hasFailed(ended?.outcome)) return false;
    return sinceMs === undefined || ended === undefined || ended.endedAt >= sinceMs;
  };
}

/** Every outcome but success counts as a failure. A run without an outcome is live. */
export function hasFailed(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && outcome !== 'success';
}

function stepIn(name: string): string {
  const ref = parseStepRef(name);
  if (ref === undefined) throw invalidStepName(name);
  return ref.step;
}
/** Live runs first, then unseen ones, then the rest; each newest first. */
function byUrgency(a: RunView, b: RunView): number {
  return rankOf(a) - rankOf(b) || (b.endedAt ?? b.startedAt) - (a.endedAt ?? a.startedAt);
}

function rankOf({ state, unseen }: RunView): number {
  if (state !== 'ended') return 0;
  return unseen === true ? 1 : 2;
}
