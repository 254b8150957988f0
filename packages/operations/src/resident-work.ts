import { type ResidentWork, troublesOf, type WatchEvent } from '@pm/monitor';
import { openCourier } from '@pm/notify';
import { plainText } from '@pm/output';
import { type RunRecord, runPaths } from '@pm/protocol';
import { openWork, queuedSteps } from '@pm/protocol/fs';
import { hasEntries } from './elsewhere/entries.ts';
import { openElsewhereWork } from './elsewhere/news-follower.ts';
import type { ReadyWork } from './ready/ready-work.ts';
import { logTail } from './runs/log-tail.ts';
import { openNeedsWork } from './sets/needs-work.ts';
import type { QueueWork } from './turn/queue-work.ts';

/**
 * What the resident monitor does beside judging: it tells people how runs ended, and of live runs that need a decision. It asks whether runs
 * are ready, stops services that nobody needs any more, and starts runs whose turn has come.
 * @param options `resident` is the program and arguments that start a resident for another directory
 */
export function residentWork(
  dir: string,
  options: { signal: AbortSignal; program: string; resident: readonly string[] },
): ResidentWork {
  const queues = lazyQueueWork(dir, options);
  const ready = lazyReadyWork(dir, options);
  const needs = openNeedsWork(dir, options.signal);
  const elsewhere = openElsewhereWork(dir);
  const courier = openCourier(dir, { ...options, logOf });
  return {
    isLeft: () => courier.isLeft() || queues.isLeft() || hasEntries(dir),
    isLeftToOthers: (run) => queues.isConducted(run),
    turn: (event) => {
      queues.turn();
      elsewhere.turn();
      if (event !== undefined) ready.turn(event);
      if (event !== undefined) needs.turn(event);
      if (event?.type === 'look')
        for (const { attention, evidence } of troublesOf(event.look.observation, event.run.policy))
          courier.needsDecision(event.run, attention, evidence);
      else if (event?.type === 'attention')
        courier.needsDecision(event.run, event.trouble.attention, event.trouble.evidence);
      else courier.turn();
    },
  };
}

/** The checks are loaded for runs that say when they are ready. */
function lazyReadyWork(dir: string, { signal }: Parameters<typeof residentWork>[1]): ReadyWork {
  let work: ReadyWork | undefined;
  let isLoading = false;
  const waiting: WatchEvent[] = [];
  const turn = (event: WatchEvent): void => {
    if (event.run.ready === undefined) return;
    work?.turn(event);
    if (work !== undefined) return;
    waiting.push(event);
    if (isLoading) return;
    isLoading = true;
    void import('./ready/ready-work.ts').then(({ openReadyWork }) => {
      work = openReadyWork(dir, signal);
      for (const missed of waiting.splice(0)) work.turn(missed);
    });
  };
  return { turn };
}

/** Queues are loaded for directories that use one. */
function lazyQueueWork(dir: string, { signal, program, resident }: Parameters<typeof residentWork>[1]): QueueWork {
  let work: Omit<QueueWork, 'isLeft'> | undefined;
  let isLoading = false;
  const isLeft = (): boolean => openWork(dir).some((name) => name.startsWith('queue.')) || queuedSteps(dir).length > 0;
  const turn = (): void => {
    work?.turn();
    if (isLoading || !isLeft()) return;
    isLoading = true;
    void import('./turn/queue-work.ts').then(({ openQueueWork }) => {
      work = openQueueWork(dir, { cwd: '/', env: process.env, signal, program, resident });
      work.turn();
    });
  };
  return { turn, isLeft, isConducted: (run) => work?.isConducted(run) ?? false };
}

/** As `wait` quotes it of a failure: at most 1.4 kB, without control characters. */
function logOf(dir: string, { id, split }: RunRecord): string {
  const { log, errors } = runPaths(dir, id);
  return plainText((split === true && logTail(errors, 'one').text) || logTail(log, 'one').text, {
    invisible: 'remove',
  });
}
