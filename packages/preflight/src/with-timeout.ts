/** How a piece of work ended under its budget. `late`: it may still go on, but nobody waits for it any more. */
export type TimedResult<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'threw'; readonly why: string }
  | { readonly kind: 'timed-out' | 'interrupted' };

/**
 * Does `work` under a signal that ends when the budget is over or `interrupted` resolves, and does not wait for it any longer.
 * Never rejects: what was thrown is told.
 */
export async function withTimeout<T>(
  budgetMs: number,
  interrupted: Promise<unknown> | undefined,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<TimedResult<T>> {
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<TimedResult<T>>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'timed-out' }), budgetMs);
    interrupted?.then(() => resolve({ kind: 'interrupted' }));
  });
  const working = (async (): Promise<TimedResult<T>> => {
    try {
      return { kind: 'done', value: await work(ending.signal) };
    } catch (error) {
      return { kind: 'threw', why: whyOf(error) };
    }
  })();
  try {
    return await Promise.race([working, late]);
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
}

/** What an error says, whatever was thrown: `throw null` and objects that cannot be turned into text included. */
export function whyOf(error: unknown): string {
  try {
    const { message, code } = Object(error) as { message?: unknown; code?: unknown };
    if (typeof message === 'string' && message !== '') return message;
    return typeof code === 'string' ? code : `${error}`;
  } catch {
    return 'something that cannot be told';
  }
}
