/** How work ended. `timed-out`: it may still be running, but nobody waits for it. */
export type TimedResult<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'threw'; readonly why: string }
  | { readonly kind: 'timed-out' | 'interrupted' };

/**
 * Does `work` until it ends, `budgetMs` is over or `interrupted` resolves, whichever is first. Then its signal is aborted.
 * Never rejects: what `work` throws is part of the result.
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

/** The message of whatever was thrown, including `throw null` and objects that cannot be converted to text. */
export function whyOf(error: unknown): string {
  try {
    const { message, code } = Object(error) as { message?: unknown; code?: unknown };
    if (typeof message === 'string' && message !== '') return message;
    return typeof code === 'string' ? code : `${error}`;
  } catch {
    return 'an error that cannot be converted to text';
  }
}
