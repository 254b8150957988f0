import type { OutcomeRecord } from '@pm/protocol';

/** What has become of the lines so far. */
export interface Tally {
  /** How many ended in each way, those of earlier calls included. */
  readonly counts: Readonly<Record<string, number>>;
  /** How many failed in a row, in the order in which they ended. */
  readonly inARow: number;
}

export const NOTHING: Tally = { counts: {}, inARow: 0 };

/** After one more ending. A run that somebody stopped is no failure, and no success either. Pure. */
export function counted(
  { counts, inARow }: Tally,
  { outcome, reason }: Pick<OutcomeRecord, 'outcome'> & Partial<Pick<OutcomeRecord, 'reason'>>,
): Tally {
  const isRefused = reason === 'preflight-failed' || reason === 'refused';
  const isFailure = outcome !== 'success' && (outcome !== 'cancelled' || isRefused);
  return {
    counts: { ...counts, [outcome]: (counts[outcome] ?? 0) + 1 },
    inARow: outcome === 'success' ? 0 : inARow + (isFailure ? 1 : 0),
  };
}
