import { parseStepRef } from '@pm/protocol';
import * as z from 'zod/mini';
import { withBreakers } from '../breaker/lazy-breaker.ts';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { everyDirectory } from '../project/known-directories.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { isOwnedBy, ownerOf } from '../project/owner.ts';
import { claimsOf, type KeptClaim, newestClaims, noSuchRun, stepsIn } from '../runs/find-run.ts';
import { isLive } from '../runs/outcome-view.ts';
import { unseenBy } from '../runs/unseen-endings.ts';
import { type Views, viewsOf } from '../runs/views-of.ts';
import type { Next, RunView } from '../shape/answer.ts';
import { dir, flag, oneStep } from '../shape/fields.ts';
import { invalidStepName } from '../shape/step-name.ts';

const LsInput = z.strictObject({
  step: z.optional(oneStep),
  dir,
  mine: flag('Only runs of this session, or of this user if the host has no session.'),
  everywhere: flag('Runs of every directory you have started runs in.'),
});
type LsInput = z.output<typeof LsInput>;

export const ls = operation({
  name: 'ls',
  summary: 'List the newest run of every step, live and unseen ones first, or all runs of one step.',
  input: LsInput,
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const here = locateDirectory(input.dir, context);
    const { runs, malformed } =
      input.everywhere === true ? await listedEverywhere(here, input, context) : await listed(here, input, context);
    if (input.step === undefined || input.everywhere === true) runs.sort(byUrgency);
    if (input.everywhere !== true && runs.some(({ state }) => state !== 'ended')) {
      const { ensureResidentAfterAnswer } = await import('../runs/ensure-resident.ts');
      ensureResidentAfterAnswer(here, runs, context);
    }
    return { runs, ...(malformed.length > 0 && { malformed }), next: callsAfterList(runs, input) };
  },
});

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

async function listedEverywhere(here: string, input: LsInput, context: Context): Promise<Views> {
  const { dirs, malformed } = everyDirectory(here, context.env);
  const all: Views = { runs: [], malformed };
  for (const where of dirs) {
    try {
      const { runs, malformed } = await listed(where, input, context);
      all.runs.push(...runs.map((run) => ({ ...run, dir: where })));
      all.malformed.push(...malformed.map((sentence) => `${where}: ${sentence}`));
    } catch (error) {
      all.malformed.push(`${where}: ${(error as Error).message}`); // a directory that cannot be read does not hide the others
    }
  }
  return all;
}

async function listed(where: string, input: LsInput, context: Context): Promise<Views> {
  const views = await viewsOf(where, claimsToList(where, input, context), unseenBy(where, context), 'pm ls');
  return { ...views, runs: await withBreakers(where, views.runs, context) };
}

/** The newest run of every step, or all runs of one step; with `mine`, only those of the caller. */
function claimsToList(where: string, { step, mine, everywhere }: LsInput, context: Context): KeptClaim[] {
  const me = ownerOf(context);
  const isListed = ({ run }: KeptClaim): boolean => mine !== true || run.kind !== 'present' || isOwnedBy(me, run.value);
  if (step !== undefined) {
    const history = [...claimsOf(where, stepIn(step))];
    if (history.length === 0 && everywhere !== true) throw noSuchRun(where, step);
    return history.filter(isListed);
  }
  if (mine !== true) return newestClaims(where);
  return stepsIn(where).flatMap((name) => {
    for (const claim of claimsOf(where, name)) if (isListed(claim)) return [claim];
    return [];
  });
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
