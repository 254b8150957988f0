import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../project/context.ts';
import type { Answer } from '../shape/answer.ts';
import { type Sampled, withPresentRate } from './present-rate.ts';

const EVERY_MS = 1_000;

/**
 * Reports a list again every second, with the present CPU rates, until the caller leaves. A resident monitor that was killed meanwhile is
 * started again, as after every list.
 * @returns the last list
 */
export async function keepListing(list: (context: Context) => Promise<Answer>, context: Context): Promise<Answer> {
  let before: Sampled | undefined;
  for (;;) {
    const listed = await list({ ...context, answered: (work) => work() });
    const sampled = { atMs: performance.now(), runs: listed.runs };
    const answer = before === undefined ? listed : { ...listed, runs: withPresentRate(before, sampled) };
    before = sampled;
    await context.report?.({ type: 'list', answer });
    await sleep(EVERY_MS, undefined, { signal: context.signal }).catch(() => {}); // aborted: it is left below
    if (context.signal.aborted) return answer;
  }
}
