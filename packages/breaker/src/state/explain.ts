import type { Decision } from './decide.ts';
import type { Hold } from './records.ts';
import type { BreakerState, Failure } from './state.ts';

/**
 * Why nothing may begin, in one sentence. Pure.
 * @param isUnchanged the situation was compared with the one before the failure, and is the same
 */
export function explain(
  state: BreakerState,
  hold: Hold | undefined,
  { why }: Extract<Decision, { kind: 'refused' }>,
  isUnchanged: boolean,
): string {
  if (why === 'held') return `held by ${hold?.by ?? 'an unknown user'}: ${hold?.reason ?? ''}`.replace(/: $/, '');
  if (why === 'unreadable')
    return 'its newest record cannot be read and may be a hold, so nothing may start until the breaker is reset';
  const { text, isSame } = causeOf(state);
  if (why === 'trial-on') return `${text}; a trial is running${trialText(state)}`;
  const unchanged = isUnchanged ? ', and nothing has changed since' : '';
  return `${text}${unchanged}${isSame ? '; likely an infrastructure problem, not the work itself' : ''}`;
}

/** What opened the breaker, and whether its last failures all had the same signature. Pure. */
export function causeOf({ opened, failures }: BreakerState): { readonly text: string; readonly isSame: boolean } {
  if (opened?.cause === 'asked') {
    return { text: `opened by ${opened.by}${opened.reason ? `: ${opened.reason}` : ''}`, isSame: false };
  }
  const { signature, times } = lastAlike(failures);
  if (signature !== undefined)
    return { text: `failed ${times} times with the same error (${signature})`, isSame: true };
  return { text: `${failures.length} failures in a row (${outcomesOf(failures)})`, isSame: false };
}

/** How often the last signature came in a row. Two of many failures may be chance, so they count only if there are just two. */
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
  return trial === undefined ? '' : `, started by ${trial.by}`;
}
