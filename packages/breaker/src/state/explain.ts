import type { Decision } from './decide.ts';
import { isCodeError, isEnvironmentError } from './error-kind.ts';
import type { Hold } from './records.ts';
import { areComparable, type Situation } from './situation.ts';
import { type BreakerState, countFailures, type Failure } from './state.ts';

/** What the words rest on: the same facts as the decision that they explain. */
export interface Explained {
  readonly state: BreakerState;
  readonly hold?: Hold | undefined;
  readonly decision: Decision;
  /** The present situation; absent if nobody has looked at it. */
  readonly situation?: Situation | undefined;
}

/**
 * What a breaker says about the next start, in one sentence; undefined if it is closed. Pure. It explains a decision of `decide` and
 * never decides by itself, so that what is said is what a start would be told.
 */
export function explain({ state, hold, decision, situation }: Explained): string | undefined {
  if (decision.kind === 'allowed') return undefined;
  const text = causeOf(state);
  if (decision.kind === 'trial') {
    const because = decision.because === 'changed' ? 'something has changed since' : 'its cool-down is over';
    return `${text}; ${because}, so the next start is let through as a trial`;
  }
  switch (decision.why) {
    case 'held':
      return `held by ${hold?.by ?? 'an unknown user'}: ${hold?.reason ?? ''}`.replace(/: $/, '');
    case 'unreadable':
      return 'its newest record cannot be read and may be a hold, so nothing may start until the breaker is reset';
    case 'trial-on':
      return `${text}; a trial is running${trialText(state)}`;
    case 'open':
      return `${text}${comparisonOf(state, situation)}${likelyCauseOf(state) === 'infrastructure' ? '; likely an infrastructure problem, not the work itself' : ''}`;
  }
}

/** What was compared. Nobody sees all that may have changed: an ignored file, a variable, a service, an installed package. */
function comparisonOf({ opened }: BreakerState, situation: Situation | undefined): string {
  const before = opened?.situation;
  if (before === undefined || situation === undefined) return '';
  const unchecked =
    before.findings !== undefined && situation.findings === undefined ? '; its checks were not run again' : '';
  if (areComparable(before, situation)) return `, and nothing that git sees has changed since${unchecked}`;
  const isSameCall = before.call !== undefined && before.call === situation.call;
  return `${isSameCall ? ', and its command has not changed' : ''}; git could not compare the files${unchecked}`;
}

/**
 * What the failures in a row suggest. Pure. `work`: the code, because the last error is one of code, or something was changed between
 * the last two failures. `infrastructure`: the same failure of something outside of the work, and no change was seen between.
 */
export function likelyCauseOf({ opened, failures }: BreakerState): 'work' | 'infrastructure' | undefined {
  if (opened?.cause === 'asked') return undefined;
  const last = failures.at(-1);
  if (isCodeError(last?.signature ?? '') || last?.change === 'some') return 'work';
  const { signature = '', runs } = lastAlike(failures);
  const isSame = failures.slice(1 - runs).every(({ change }) => change !== 'some');
  return isSame && isEnvironmentError(signature) ? 'infrastructure' : undefined;
}

/** What opened the breaker. */
function causeOf({ opened, failures }: BreakerState): string {
  if (opened?.cause === 'asked') return `opened by ${opened.by}${opened.reason ? `: ${opened.reason}` : ''}`;
  const { signature, times } = lastAlike(failures);
  if (signature !== undefined) return `failed ${times} times with the same error (${signature})`;
  return `${countFailures(failures)} failures in a row (${outcomesOf(failures)})`;
}

/** How often the last signature came in a row. Two of many failures may be chance, so they count only if there are just two. */
function lastAlike(failures: readonly Failure[]): { signature?: string | undefined; times: number; runs: number } {
  const signature = failures.at(-1)?.signature;
  const other = failures.findLastIndex((failure) => failure.signature !== signature);
  const runs = failures.length - other - 1;
  const times = countFailures(failures.slice(other + 1));
  return times > 1 && (times >= 3 || times === countFailures(failures)) ? { signature, times, runs } : { times, runs };
}

/** `2 failed, timeout`. */
function outcomesOf(failures: readonly Failure[]): string {
  const counts = new Map<string, number>();
  for (const { outcome, times = 1 } of failures) counts.set(outcome, (counts.get(outcome) ?? 0) + times);
  return [...counts].map(([outcome, n]) => (n === 1 ? outcome : `${n} ${outcome}`)).join(', ');
}

function trialText({ trial }: BreakerState): string {
  if (trial?.source !== undefined) return `: ${trial.source}`;
  return trial === undefined ? '' : `, started by ${trial.by}`;
}
