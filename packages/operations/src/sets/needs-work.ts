import type { WatchEvent } from '@pm/monitor';
import type { RunRecord } from '@pm/protocol';

/** Unneeded services are looked for when a run has ended, and also this often: who started a service may have been killed before the run began. */
const UNNEEDED_EVERY_MS = 2_000;

/** What the resident monitor does for services: it stops those that no run needs any more. The code for it is loaded for runs with needs. */
export function openNeedsWork(dir: string, signal: AbortSignal): { readonly turn: (event: WatchEvent) => void } {
  let isBusy = false;
  let isAsked = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  const over: RunRecord[] = [];
  const look = async (): Promise<void> => {
    const { stopUnneeded } = await import('./stop-unneeded.ts');
    const { neededBy } = await import('./ended-needs.ts');
    while (isAsked) {
      isAsked = false;
      lastMs = performance.now();
      const used = neededBy(dir, over.splice(0)).map(({ run }) => run);
      await stopUnneeded(dir, { cwd: '/', env: process.env, signal, caller: 'resident' }, used);
    }
  };
  const turn = ({ type, run }: WatchEvent): void => {
    const isOver = type === 'ended' || type === 'vanished';
    const isDue = run.forNeeds === true && performance.now() - lastMs >= UNNEEDED_EVERY_MS;
    if (!isDue && !(isOver && run.needs !== undefined)) return;
    if (isOver) over.push(run);
    isAsked = true;
    if (isBusy) return;
    isBusy = true;
    // A disk that is full, for example. The next event tries again.
    look()
      .catch(() => {})
      .finally(() => {
        isBusy = false;
      });
  };
  return { turn };
}
