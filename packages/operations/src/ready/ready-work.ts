import type { WatchEvent } from '@pm/monitor';
import type { RunRecord } from '@pm/protocol';
import { readReadiness } from '../runs/readiness.ts';
import { askUntilReady } from './ask-ready.ts';

/** What the resident monitor does for runs that are not ready yet. */
export interface ReadyWork {
  /** Takes an event of a run: begins to ask about a live one, and stops when it has ended. It returns at once and never throws. */
  readonly turn: (event: WatchEvent) => void;
}

/** Whoever waits asks more often. The resident only keeps the record true for those who look. */
const AT_LEAST_MS = 1_000;

/** Asks the ready checks of live runs, so that a run becomes ready on record also while nobody waits for it. */
export function openReadyWork(dir: string, signal: AbortSignal): ReadyWork {
  const asking = new Map<string, AbortController>();
  const begin = (run: RunRecord): void => {
    const leaving = new AbortController();
    asking.set(run.id, leaving);
    signal.addEventListener('abort', () => leaving.abort(), { once: true });
    // The next attempt is asked again. If it fails, a check cannot be loaded or no handle is left: who waits is told why.
    askUntilReady(dir, run, { env: process.env, signal: leaving.signal, atLeastMs: AT_LEAST_MS }).then(
      () => asking.delete(run.id),
      () => {},
    );
  };
  return {
    turn: ({ type, run }) => {
      if (run.ready === undefined) return;
      const known = asking.get(run.id);
      if (type === 'ended' || type === 'vanished' || type === 'failed') {
        known?.abort();
        asking.delete(run.id);
      } else if (known === undefined && readReadiness(dir, run).ready === undefined) begin(run);
    },
  };
}
