import type { RunView } from './answer.ts';

/** Whether a run may still end. One that is malformed is not waited for: nothing more will be known about it. */
export function isLive({ state }: Pick<RunView, 'state'>): boolean {
  return state !== 'ended' && state !== 'malformed';
}

/** Whether a run has begun and may still end: one that waits for its turn has not begun. */
export function isRunning({ state }: Pick<RunView, 'state'>): boolean {
  return state !== 'queued' && isLive({ state });
}
