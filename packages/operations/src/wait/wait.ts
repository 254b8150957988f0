import { ATTENTIONS, DEFAULTS, Duration, Limit, type RunRecord } from '@pm/protocol';
import { exactDuration } from '@pm/protocol/text';
import * as z from 'zod/mini';
import { policyOf } from '../config/policy-of.ts';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { claimsOf, findRun, newestClaims, stepsIn, whyUnreadable } from '../runs/find-run.ts';
import { isLive } from '../runs/outcome-view.ts';
import { takeSnapshot, viewNow } from '../runs/run-view.ts';
import { unseenBy } from '../runs/unseen-endings.ts';
import type { Next } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { budget, dir, flag, someSteps } from '../shape/fields.ts';
import { BY, waitFor } from './wait-for.ts';

const LIST = new RegExp(`^(${ATTENTIONS.join('|')})(,(${ATTENTIONS.join('|')}))*$`);

export const wait = operation({
  name: 'wait',
  summary: 'Wait until runs end or need a decision; waiting again does not change their limits.',
  input: z.strictObject({
    steps: someSteps,
    dir,
    any: flag('Return when the first of the runs has ended.'),
    forLine: describe(
      'Return when a line of the log, read from its start, contains this text.',
      z.optional(z.string()),
    ),
    ignore: describe(
      `Conditions that do not end the wait, separated by commas: ${ATTENTIONS.join(', ')}.`,
      z.optional(z.string().check(z.regex(LIST, `must be a list, separated by commas, of: ${ATTENTIONS.join(', ')}`))),
    ),
    budget,
    timeout: describe(
      `Time limit for a run that was not started by pm (default ${exactDuration(DEFAULTS.timeoutMs)}; none if pm has listed it before).`,
      z.optional(Limit),
    ),
    stale: describe(
      `Maximum age of the heartbeat of a run that was not started by pm (default ${exactDuration(DEFAULTS.staleMs)}).`,
      z.optional(Duration),
    ),
  }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const { steps = [] } = input;
    if (steps.length > 0) {
      const named = steps.map((name) => findRun(where, name, policyOf(input)));
      return waitFor(where, named, input, context);
    }
    const runs = liveRuns(where);
    const nothing = { runs: [], next: callsInstead(where, input.dir, context) };
    const answer = runs.length === 0 ? nothing : await waitFor(where, runs, input, context);
    const malformed = newestClaims(where).flatMap((claim) => whyUnreadable(claim) ?? []);
    return { ...answer, ...(malformed.length > 0 && { malformed }) };
  },
});

function liveRuns(where: string): RunRecord[] {
  const snapshot = takeSnapshot();
  return newestClaims(where)
    .flatMap(({ run }) => (run.kind === 'present' ? [run.value] : []))
    .filter((run) => isLive(viewNow(where, run, BY, snapshot)));
}

/** The next call if there is nothing to wait for: see the runs that ended unseen, or else list the runs. */
function callsInstead(where: string, named: string | undefined, context: Context): Next[] {
  const isUnseen = unseenBy(where, context);
  const claims = stepsIn(where).flatMap((step) => [...claimsOf(where, step)]);
  const unseen = claims.filter(({ run }) => run.kind === 'present' && isUnseen(run.value)).length;
  const input = named === undefined ? {} : { dir: named };
  if (unseen > 0)
    return [{ operation: 'recover', input, why: `${unseen} ${unseen === 1 ? 'run has' : 'runs have'} ended unseen` }];
  return claims.length === 0 ? [] : [{ operation: 'ls', input, why: 'list the runs that have ended' }];
}
