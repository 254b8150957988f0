/** The longest a timer of Node can be set to; a longer one rings at once. */
const LONGEST_MS = 2_147_483_647;

/**
 * Does `work` under a signal that aborts with the caller's, or when the budget is over.
 * Not by `AbortSignal.any` over `AbortSignal.timeout`: Node 20 collects that timer as garbage, and the wait never ends.
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
