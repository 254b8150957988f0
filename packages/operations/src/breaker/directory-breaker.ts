import { userInfo } from 'node:os';
import { type Breaker, type GitReader, openBreaker } from '@pm/breaker';
import { directoryPaths } from '@pm/protocol';
import { breakerOf, type StepBreaker } from '../config/breaker-of.ts';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import { ownerOf } from '../project/owner.ts';
import { type BreakerHistory, historyOf, stepsOf } from './breaker-history.ts';

/** Opens a breaker of a directory of runs, together with the runs that it counts. */
export function directoryBreaker(
  dir: string,
  config: Config | undefined,
  { name, rule }: StepBreaker,
  context: Pick<Context, 'env' | 'tty'>,
  git?: GitReader,
): { readonly breaker: Breaker; readonly history: BreakerHistory } {
  const history = historyOf(dir, stepsOf(dir, config, name), `pm breaker ${process.pid}`);
  const { session } = ownerOf(context);
  const user = context.env['USER'] ?? nameOfUser();
  const by = session === undefined ? user : `${user}, session ${session}`;
  const folder = directoryPaths(dir).breakers;
  return { breaker: openBreaker({ folder, name, rule, by, history: history.read, git }), history };
}

/** A name and not a number, because "held by 0" would tell nobody anything. */
function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`; // in containers, the uid may have no entry in passwd
  }
}

/**
 * The ids of the failed runs that a closed breaker of this step still counts: the next failures may open it. Once it is open, its own
 * record has the failures, and the runs are not needed any more.
 * @param mayNote false: read only, and write no record
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
