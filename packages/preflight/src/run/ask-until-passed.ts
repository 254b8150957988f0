import { setTimeout as sleep } from 'node:timers/promises';
import { roughDuration } from '@pm/protocol/text';
import type { CheckContext, Finding, PreparedCheck } from '../check.ts';
import { pauseBetween } from './pause-between.ts';
import { runChecks } from './run-checks.ts';

export interface AskingOptions {
  readonly signal: AbortSignal;
  /** Called after each asking with the newest finding of every check that was answered, in the order of the checks. */
  readonly seen?: (findings: readonly Finding[]) => void;
  /** The shortest pause, ms, for whoever is in no hurry. */
  readonly atLeastMs?: number;
}

/** A server on this machine answers in milliseconds. After this time without an answer, what was seen before says nothing about now. */
const MUTE_MS = 250;

/**
 * Asks checks again and again until each has passed once. A check that has passed is not asked again. Each check has its own pauses, so a
 * slow one does not hold up the others.
 * When the signal is aborted in the middle of an asking that takes long, `seen` hears that there is no answer.
 * @returns the findings with which they passed, in the same order; undefined if the signal was aborted first
 */
export async function askUntilPassed(
  prepared: readonly PreparedCheck[],
  context: CheckContext,
  { signal, seen, atLeastMs = 0 }: AskingOptions,
): Promise<readonly Finding[] | undefined> {
  const newest: (Finding | undefined)[] = prepared.map(() => undefined);
  const askOne = async (one: PreparedCheck, at: number): Promise<void> => {
    for (const beganMs = performance.now(); ; ) {
      const askedMs = performance.now();
      const [finding] = await runChecks([one], context, { signal, remedies: false }).catch((error: unknown) => {
        const askedForMs = performance.now() - askedMs;
        if (!signal.aborted || askedForMs < MUTE_MS) throw error;
        newest[at] = unanswered(one, askedForMs);
        seen?.(newest.filter((known) => known !== undefined));
        throw error;
      });
      newest[at] = finding;
      seen?.(newest.filter((known) => known !== undefined));
      if (finding === undefined || finding.state === 'pass') return;
      const nowMs = performance.now();
      await sleep(Math.max(pauseBetween(nowMs - beganMs, nowMs - askedMs), atLeastMs), undefined, { signal });
    }
  };
  try {
    await Promise.all(prepared.map(askOne));
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
  return newest.filter((known) => known !== undefined);
}

function unanswered({ check, title }: PreparedCheck, askedForMs: number): Finding {
  const evidence = `${title ?? check.id}: no answer for ${roughDuration(askedForMs)}`;
  return { check: check.id, title: title ?? check.title, state: 'inconclusive', evidence };
}
