import { ATTENTIONS, Duration, Limit, type RunRecord } from '@pm/protocol';
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
  summary: 'Wait until runs end or want a decision, judging them meanwhile; waiting again keeps the same deadlines.',
  input: z.strictObject({
    steps: someSteps,
    dir,
    any: flag('Return when the first of them has ended.'),
    forLine: describe(
      'Return as soon as a line of the log has this text, from its first byte on.',
      z.optional(z.string()),
    ),
    ignore: describe(
      `Troubles that do not end the wait, with commas between them: ${ATTENTIONS.join(', ')}.`,
      z.optional(z.string().check(z.regex(LIST, `must be of ${ATTENTIONS.join(', ')}, with commas`))),
    ),
    budget,
    timeout: describe(
      "Limit for a foreign writer's run, which brings none (30m; none if it was listed before).",
      z.optional(Limit),
    ),
    stale: describe("How old a foreign writer's heartbeat may grow (60s).", z.optional(Duration)),
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

/** With nothing to wait for: what ended and was told to nobody, else what there is. */
function callsInstead(where: string, named: string | undefined, context: Context): Next[] {
  const isUnseen = unseenBy(where, context);
  const claims = stepsIn(where).flatMap((step) => [...claimsOf(where, step)]);
  const unseen = claims.filter(({ run }) => run.kind === 'present' && isUnseen(run.value)).length;
  const input = named === undefined ? {} : { dir: named };
  if (unseen > 0) return [{ operation: 'recover', input, why: `${unseen} ended, and nobody was told` }];
  return claims.length === 0 ? [] : [{ operation: 'ls', input, why: 'see what ended' }];
}
