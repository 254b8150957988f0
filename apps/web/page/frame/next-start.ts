import type { OverviewBreaker } from '@pm/operations';

type Standing = Pick<OverviewBreaker, 'circuit' | 'nextStart' | 'why' | 'nextAt'>;

/** What a breaker means for the next start of its step: `refused until 14:32 · failed 3 times with the same error`. */
export function nextStartOf({ circuit, nextStart, why, nextAt }: Standing): string {
  const until = nextAt === undefined ? '' : ` until ${timeOf(nextAt)}`;
  const isRefused = nextStart === undefined ? circuit !== 'closed' : nextStart === 'refused';
  if (isRefused) return why === undefined ? `refused${until}` : `refused${until} · ${why}`;
  return why ?? (nextStart === 'trial' ? 'allowed, as a trial' : 'allowed');
}

function timeOf(at: number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}
