import type { RunView } from '@pm/operations';

/** Whoever goes on after a stop or an open breaker repeats it; a failure has to be mended; the rest is a matter of time. */
const WORST_FIRST = ['abort', 'fix', 'raise-limit', 'retry', 'proceed'] as const;

/** The advice that several runs come to; undefined while none has one. */
export function worstAdvice(runs: readonly Pick<RunView, 'advice'>[]): RunView['advice'] {
  const given = new Set(runs.map(({ advice }) => advice));
  return WORST_FIRST.find((advice) => given.has(advice));
}
