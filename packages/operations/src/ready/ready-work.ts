import type { WatchEvent } from '@pm/monitor';
import type { RunRecord } from '@pm/protocol';
import { readReadiness } from '@pm/protocol/fs';
import { askLiveness } from './ask-liveness.ts';
import { askUntilReady } from './ask-until-ready.ts';

/** What the resident monitor does for runs that are not ready yet, and for those that live as long as their checks pass. */
export interface ReadyWork {
  /** Takes an event of a run: begins to ask about a live one, and stops when it has ended. It returns at once and never throws. */
  readonly turn: (event: WatchEvent) => void;
}

/** A call that waits asks more often. The resident only keeps the record true for calls that look. */
const AT_LEAST_MS = 1_000;

/** Asks the ready checks of live runs, so that a run becomes ready on record also while nobody waits for it. */
export function openReadyWork(dir: string, signal: AbortSignal): ReadyWork {
  const asking = new Map<string, AbortController>();
  const endAll = (): void => {
    for (const leaving of asking.values()) leaving.abort();
  };
  signal.addEventListener('abort', endAll, { once: true });
  const begin = (run: RunRecord): void => {
    const leaving = new AbortController();
    asking.set(run.id, leaving);
    if (signal.aborted) leaving.abort();
    const { env } = process;
    const ask = async (): Promise<void> => {
      const options = { env, signal: leaving.signal };
      if (readReadiness(dir, run).ready === undefined)
        await askUntilReady(dir, run, { ...options, atLeastMs: AT_LEAST_MS });
      if (run.policy.liveness === 'check') await askLiveness(dir, run, options);
    };
    // Once it is done, the next attempt can be asked. After an error (a check cannot be loaded, no file handle is left) the resident asks no
    // more; a call that waits meets the same error and tells it.
    ask().then(
      () => asking.delete(run.id),
      () => {},
    );
  };
  return {
    turn: ({ type, run }) => {
      if (run.ready === undefined || run.mirror !== undefined) return; // whoever runs it asks
      const known = asking.get(run.id);
      if (type === 'ended' || type === 'vanished' || type === 'failed') {
        known?.abort();
        asking.delete(run.id);
      } else if (known === undefined && isToAsk(dir, run)) begin(run);
    },
  };
}

/** Between two attempts there is nothing to ask. */
function isToAsk(dir: string, run: RunRecord): boolean {
  const { ready, hasFailed } = readReadiness(dir, run);
  return hasFailed !== true && (ready === undefined || run.policy.liveness === 'check');
}
