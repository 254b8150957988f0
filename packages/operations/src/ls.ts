import type { RunRecord } from '@pm/protocol';
import { type Claim, claimNumbers, presentIn, readClaim, readOutcome } from '@pm/protocol/fs';
import * as z from 'zod/mini';
import type { RunView } from './answer.ts';
import { dir, oneStep } from './fields.ts';
import { findRun, newestClaims } from './find-run.ts';
import { locateDirectory } from './locate-directory.ts';
import { operation } from './operation.ts';
import { viewOfOutcome } from './outcome-view.ts';

export const ls = operation({
  name: 'ls',
  summary: 'List the steps, live and unfinished business first; with a step, its history.',
  input: z.strictObject({ step: z.optional(oneStep), dir }),
  output: async () => (await import('./answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const claims = input.step === undefined ? newestClaims(where) : historyOf(where, input.step);
    const malformed: string[] = [];
    const runs: RunView[] = [];
    for (const { step, run } of claims) {
      if (run.kind === 'present') runs.push(await viewOf(where, run.value));
      else if (run.kind === 'malformed') malformed.push(`${step}: its run record is malformed (${run.why})`);
      else if (run.kind === 'newer')
        malformed.push(`${step}: its run record is of version ${run.v}, newer than this pm`);
    }
    if (input.step === undefined) runs.sort(byUrgency);
    return { runs, ...(malformed.length > 0 && { malformed }), next: [] };
  },
});

/** Most runs in a list have ended; the judging is loaded for the first one that has not. */
async function viewOf(where: string, run: RunRecord): Promise<RunView> {
  const known = presentIn(readOutcome(where, run.id));
  if (known !== undefined) {
    const view = viewOfOutcome(where, run, known);
    return view.survivors === undefined ? view : (await import('./survivors-now.ts')).withLivingSurvivors(run, view);
  }
  const { viewNow } = await import('./run-view.ts');
  return viewNow(where, run, 'pm ls');
}

type StepClaim = Claim & { readonly step: string };

function historyOf(where: string, name: string): StepClaim[] {
  const { step } = findRun(where, name);
  const claims = claimNumbers(where, step).map((_, back) => readClaim(where, step, back));
  return claims.filter((claim) => claim !== undefined).map((claim) => ({ ...claim, step }));
}

/** Live before ended, newest first. */
function byUrgency(a: RunView, b: RunView): number {
  const ended = Number(a.state === 'ended') - Number(b.state === 'ended');
  return ended === 0 ? (b.endedAt ?? b.startedAt) - (a.endedAt ?? a.startedAt) : ended;
}
