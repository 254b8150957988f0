import { watch } from '@pm/monitor';
import type { CheckSpec } from '@pm/preflight';
import type { ReadyRecord, RunRecord } from '@pm/protocol';
import type { Context } from '../project/context.ts';
import { askUntilReady } from './ask-until-ready.ts';

/** What came first. */
export type FirstOf =
  | { readonly kind: 'ready'; readonly ready: ReadyRecord }
  /** `evidence`: what stood in the way at last; absent if nothing was asked. */
  | { readonly kind: 'ended'; readonly evidence?: string }
  | { readonly kind: 'late'; readonly evidence?: string };

/** What a wait until a run is ready or has ended needs to know. */
export interface ReadyOrEndedWait {
  /** Other checks than those of the run. */
  readonly checks?: readonly CheckSpec[] | undefined;
  /** Ends the wait, never the run. */
  readonly signal: AbortSignal;
  /** Who judges the run meanwhile, for the endings that are written. */
  readonly by: string;
}

/**
 * Waits until a live run is ready, or has ended, or the signal is aborted: whichever is first. It judges the run meanwhile.
 * @throws PmError `usage` if one of the checks does not exist
 */
export async function untilReadyOrEnded(
  dir: string,
  run: RunRecord,
  { checks, signal, by }: ReadyOrEndedWait,
  { env }: Context,
): Promise<FirstOf> {
  let evidence: string | undefined;
  const isTold = new AbortController();
  const over = AbortSignal.any([signal, isTold.signal]);
  const told = (): { readonly evidence?: string } => (evidence === undefined ? {} : { evidence });
  const asking = askUntilReady(dir, run, {
    env,
    checks,
    signal: over,
    seen: (now) => {
      evidence = now;
    },
  }).then((ready): FirstOf | undefined => ready && { kind: 'ready', ready });
  const ending = untilEnded(dir, run, over, by).then((isOver): FirstOf | undefined =>
    isOver ? { kind: 'ended', ...told() } : undefined,
  );
  ending.catch(() => {});
  asking.catch(() => {});
  try {
    const first = await firstOf([asking, ending]);
    return first ?? { kind: 'late', ...told() };
  } finally {
    isTold.abort(); // the other one ends by itself: nobody waits for it
  }
}

/** The first that is something; undefined if all are nothing. */
async function firstOf<T>(all: readonly Promise<T | undefined>[]): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    for (const one of all) one.then((value) => value !== undefined && resolve(value), reject);
    Promise.all(all).then(() => resolve(undefined), reject);
  });
}

/** True when the run has ended; false if the signal was aborted first. */
async function untilEnded(dir: string, run: RunRecord, signal: AbortSignal, by: string): Promise<boolean> {
  for await (const event of watch(dir, [run], { signal, by })) {
    if (event.type === 'failed') throw event.error;
    if (event.type === 'ended' || event.type === 'vanished') return true;
  }
  return false;
}
