import type { Engine } from './engine/engine.ts';

/** How long to wait until it is tried again to follow an engine. */
const AGAIN_MS = 1_000;

/**
 * Calls back after something has changed in a queue.
 *
 * An engine delivers events only from the moment it listens, and does not say when that is. So a `changed` event is sent until one arrives.
 * After the engine was away, it calls back as if everything had changed.
 */
export function subscribe(
  engine: Engine,
  sayAnything: () => Promise<unknown>,
  onChange: () => void,
  isForTurns: boolean,
): () => void {
  let isOver = false;
  let close = (): void => {};
  let timer: NodeJS.Timeout | undefined;

  const follow = async (): Promise<void> => {
    let isHeard = false;
    let hasEnded = false;
    const again = (): void => {
      if (hasEnded) return;
      hasEnded = true;
      close = () => {};
      if (!isOver) timer = setTimeout(follow, AGAIN_MS);
    };
    const change = (): void => {
      isHeard = true;
      if (!isOver) onChange();
    };
    const events = await engine.listen({ change, end: again, isForTurns }).catch(again);
    if (events === undefined) return;
    close = events.close;
    if (isOver) return close();
    while (!isHeard && !hasEnded && !isOver) {
      await sayAnything().catch(events.close);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS / 10));
    }
  };

  follow();
  return () => {
    isOver = true;
    clearTimeout(timer);
    close();
  };
}
