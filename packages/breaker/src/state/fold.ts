import { inOrder, type Logged, type RunFact } from './entry.ts';
import type { Rule } from './rule.ts';
import { CLOSED, type State } from './state.ts';
import { transition } from './transition.ts';

/**
 * Where the breaker stands after all this. Pure, and the same whoever folds and in which order things ended: nobody has to feed it,
 * and what is told twice or late does no harm.
 * @param runs outcomes, and runs that go on; those before a source's last success make no difference and may be left out
 * @param log the breaker's own records; those before the last reset, success or trip may be left out
 */
export function fold(runs: readonly RunFact[], log: readonly Logged[], rule: Pick<Rule, 'after'>): State {
  return inOrder(runs, log).reduce((state, entry) => transition(state, entry, rule), CLOSED);
}
