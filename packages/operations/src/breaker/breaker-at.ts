import { userInfo } from 'node:os';
import { type Breaker, openBreaker } from '@pm/breaker';
import { directoryPaths } from '@pm/protocol';
import type { StepBreaker } from '../config/breaker-rule.ts';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import { ownerOf } from '../project/owner.ts';
import { type BreakerHistory, historyOf, stepsOf } from './breaker-history.ts';

/** A breaker of a sentinel directory, introduced to the runs that it is about. */
export function breakerAt(
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
