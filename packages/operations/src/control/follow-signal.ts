/** Signals that abort with another one. */
export interface Following {
  readonly next: () => AbortSignal;
  /** No more of them will be listened to. */
  readonly close: () => void;
}

/**
 * A signal of its own for each of many who listen: of more than ten listeners on one and the same Node warns as of a leak.
 * @param signal the one to follow
 */
export function follow(signal: AbortSignal): Following {
  const followers: AbortController[] = [];
  const abort = (): void => {
    for (const follower of followers) follower.abort(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  return {
    next: () => {
      const follower = new AbortController();
      if (signal.aborted) follower.abort(signal.reason);
      followers.push(follower);
      return follower.signal;
    },
    close: () => signal.removeEventListener('abort', abort),
  };
}
