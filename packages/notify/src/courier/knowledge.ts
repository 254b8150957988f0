import { pauseMs } from '../schedule/backoff.ts';

/** What this process remembers of one delivery between two looks at its records. */
export interface Knowledge {
  state: 'waiting' | 'trying' | 'over';
  /** When to look at it again, by the clock of this process (ms), which nobody sets. */
  dueAtMs: number;
  /** An end that could not be recorded, because the disk is full. Nothing is sent again meanwhile. */
  unrecorded?: () => void;
  /** The number of a try that has failed and could not be recorded. */
  failedTry?: number;
  /** How many tries have failed, as far as this process knows. */
  failures: number;
}

/** Of a delivery that this process has not looked at: it is looked at now. */
export function newKnowledge(): Knowledge {
  return { state: 'waiting', dueAtMs: 0, failures: 0 };
}

/** How soon a try is looked at again that somebody else makes, or that could not be recorded, ms. */
export const AGAIN_MS = 1_000;

/** Looks at a delivery again after this time, ms. */
export function later(knowledge: Knowledge, ms: number): void {
  knowledge.state = 'waiting';
  knowledge.dueAtMs = performance.now() + ms;
}

/** Records that a delivery is over. Where the disk is full, it is written as soon as there is room. */
export function end(knowledge: Knowledge, write: () => void): void {
  try {
    write();
    knowledge.state = 'over';
  } catch {
    knowledge.unrecorded = write;
    later(knowledge, AGAIN_MS);
  }
}

/** Records that the n-th try has failed. Where the disk is full, the next one comes all the same. */
export function failure(knowledge: Knowledge, n: number, retryAfterMs: number | undefined, write: () => void): void {
  knowledge.failures += 1;
  later(knowledge, pauseMs(knowledge.failures, retryAfterMs));
  try {
    write();
    delete knowledge.failedTry;
  } catch {
    knowledge.failedTry = n;
  }
}
