import { claimNumbers, readClaim } from '@pm/protocol/fs';
import * as z from 'zod/mini';
import { Answer, type RunView } from './answer.ts';
import { dir, oneStep } from './fields.ts';
import { findRun, stepsIn } from './find-run.ts';
import { locateDirectory } from './locate-directory.ts';
import { operation } from './operation.ts';
import { viewNow } from './run-view.ts';

export const ls = operation({
  name: 'ls',
  summary: 'List the steps, live and unfinished business first; with a step, its history.',
  input: z.strictObject({ step: z.optional(oneStep), dir }),
  output: Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const malformed: string[] = [];
    const rows =
      input.step === undefined ? stepsIn(where).map((step) => [step, 0] as const) : historyOf(where, input.step);
    const runs: RunView[] = [];
    for (const [step, back] of rows) {
      const claim = readClaim(where, step, back);
      if (claim?.run.kind === 'present') runs.push(viewNow(where, claim.run.value, 'pm ls'));
      else if (claim?.run.kind === 'malformed')
        malformed.push(`${step}: its run record is malformed (${claim.run.why})`);
      else if (claim?.run.kind === 'newer')
        malformed.push(`${step}: its run record is of version ${claim.run.v}, newer than this pm`);
    }
    if (input.step === undefined) runs.sort(byUrgency);
    return { runs, ...(malformed.length > 0 && { malformed }), next: [] };
  },
});

function historyOf(where: string, step: string): (readonly [string, number])[] {
  const run = findRun(where, step);
  return claimNumbers(where, run.step).map((_, back) => [run.step, back] as const);
}

/** Live before ended, newest first. */
function byUrgency(a: RunView, b: RunView): number {
  const ended = Number(a.state === 'ended') - Number(b.state === 'ended');
  return ended === 0 ? (b.endedAt ?? b.startedAt) - (a.endedAt ?? a.startedAt) : ended;
}
