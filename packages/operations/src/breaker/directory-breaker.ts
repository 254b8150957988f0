import { userInfo } from 'node:os';
import { type Breaker, openBreaker } from '@pm/breaker';
import { directoryPaths } from '@pm/protocol';
import { breakerOf, type StepBreaker } from '../config/breaker-of.ts';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import { ownerOf } from '../project/owner.ts';
import { type BreakerHistory, historyOf, stepsOf } from './breaker-history.ts';

/** A breaker of a sentinel directory, introduced to the runs that it is about. */
export function directoryBreaker(
  dir: string,
  config: Config | undefined,
  { name, rule }: StepBreaker,
  context: Pick<Context, 'env' | 'tty'>,
): { readonly breaker: Breaker; readonly history: BreakerHistory } {
  const history = historyOf(dir, stepsOf(dir, config, name), `pm breaker ${process.pid}`);
  const { session } = ownerOf(context);
  const user = context.env['USER'] ?? nameOfUser();
  const by = session === undefined ? user : `${user}, session ${session}`;
  const folder = directoryPaths(dir).breakers;
  return { breaker: openBreaker({ folder, name, rule, by, history: history.read }), history };
}

/** A bare number in "held by 0" would be no word for anybody. */
function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`; // containers run by numbers that no passwd knows
  }
}

/**
 * The runs of a step that its breaker still counts: it is closed, and these are the failures that would open it together with the next
 * ones. What has opened it already is put on record, and needs its runs no longer.
 * @param mayNote false: only look
 */
export function countedRuns(
  dir: string,
  step: string,
  config: Config | undefined,
  mayNote: boolean,
  context: Pick<Context, 'env' | 'tty'>,
): ReadonlySet<string> {
  const own = breakerOf(config, step);
  if (own === undefined) return new Set();
  const { breaker } = directoryBreaker(dir, config, own, context);
  const { state } = mayNote ? breaker.note() : breaker.snapshot();
  return new Set(state.opened === undefined ? state.failures.map(({ id }) => id) : []);
}
