import type { Decision } from './decide.ts';
import type { Hold } from './records.ts';
import type { BreakerState, Failure } from './state.ts';

/**
 * Why nothing may begin, in one sentence. Pure.
 * @param isCompared the situation was looked at, and is the same as before the failure
 */
export function explain(
  state: BreakerState,
  hold: Hold | undefined,
  decide: Extract<Decision, { kind: 'refused' }>,
  isCompared: boolean,
): string {
  if (decide.why === 'held') return `held by ${hold?.by ?? 'somebody'}: ${hold?.reason ?? ''}`.replace(/: $/, '');
  if (decide.why === 'unreadable')
    return 'its newest record cannot be read and may be a hold: refused until it is reset';
  const cause = causeOf(state);
  if (decide.why === 'trial-on') return `${cause.said}; its one trial is on${trialText(state)}`;
  const unchanged = isCompared ? ', nothing changed since' : '';
  return `${cause.said}${unchanged}${cause.isSame ? ': likely infrastructure, not the work' : ''}`;
}

/** How often it failed, and whether each time alike. */
export function causeOf({ opened, failures }: BreakerState): { readonly said: string; readonly isSame: boolean } {
  if (opened?.cause === 'asked') {
    return { said: `opened by ${opened.by}${opened.reason ? `: ${opened.reason}` : ''}`, isSame: false };
  }
  const { signature, times } = lastAlike(failures);
  if (signature !== undefined) return { said: `${times} × the same (${signature})`, isSame: true };
  return { said: `${failures.length} failures in a row (${outcomesOf(failures)})`, isSame: false };
}

/** How often the last failure came in the same form. Twice is chance, unless there were no more than two. */
function lastAlike(failures: readonly Failure[]): { signature?: string | undefined; times: number } {
  const signature = failures.at(-1)?.signature;
  const other = failures.findLastIndex((failure) => failure.signature !== signature);
  const times = failures.length - other - 1;
  return times > 1 && (times >= 3 || times === failures.length) ? { signature, times } : { times };
}

/** `2 failed, timeout`. */
function outcomesOf(failures: readonly Failure[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of failures) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, n]) => (n === 1 ? outcome : `${n} ${outcome}`)).join(', ');
}

function trialText({ trial }: BreakerState): string {
  if (trial?.source !== undefined) return `: ${trial.source}`;
  return trial === undefined ? '' : `, granted to ${trial.by}`;
}
