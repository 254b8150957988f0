/** A live run, as it is asked whether it is still needed. */
export interface RunInSet {
  readonly id: string;
  readonly step: string;
  /** The steps that it needs. */
  readonly needs: readonly string[];
  /** It was started because another run needs it. */
  readonly forNeeds: boolean;
  /** Somebody has asked for it since, so it stays. */
  readonly kept: boolean;
}

/**
 * The services that were started for the needs of others and that nothing needs any more. What only such a service needs is still needed:
 * it is found when that service has ended. Pure.
 * @param waiting the steps that runs in a queue need
 * @param held the steps that a starter is about to use
 */
export function unneededOf(
  live: readonly RunInSet[],
  waiting: ReadonlySet<string>,
  held: ReadonlySet<string>,
): RunInSet[] {
  const needed = new Set([...waiting, ...held, ...live.flatMap(({ needs }) => needs)]);
  return live.filter(({ step, forNeeds, kept }) => forNeeds && !kept && !needed.has(step));
}
