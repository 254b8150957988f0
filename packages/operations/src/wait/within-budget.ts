/** The longest time of a timer of Node. A timer with a longer time fires at once. */
const LONGEST_MS = 2_147_483_647;

/**
 * Does `work` with a signal that aborts with the signal of the caller, or when the budget is used up.
 * It does not use `AbortSignal.any` with `AbortSignal.timeout`: Node 20 may garbage-collect that timer, and the wait never ends.
 */
export async function withinBudget(
  budgetMs: number | undefined,
  caller: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  if (budgetMs === undefined) return work(caller);
  const over = new AbortController();
  const end = (): void => over.abort();
  if (caller.aborted) end();
  caller.addEventListener('abort', end, { once: true });
  const timer = setTimeout(end, Math.min(budgetMs, LONGEST_MS));
  try {
    await work(over.signal);
  } finally {
    clearTimeout(timer);
    caller.removeEventListener('abort', end);
  }
}
