import type { AskedStart } from '../admit/start-call.ts';
import type { Context } from '../project/context.ts';
import type { PartInSet } from '../sets/ensure-set.ts';
import type { Answer } from '../shape/answer.ts';
import { beginRun } from './begin-run.ts';
import { begunAnswer } from './begun-answer.ts';

/**
 * Makes sure that a step of the configuration, as a part of a set, is there and ready.
 * @param named the directory as the caller named it
 * @param most how long to wait at most, ms: until it is ready, otherwise as long as its step says, and for the whole call
 */
export async function ensureNeed(
  step: string,
  part: PartInSet,
  named: string | undefined,
  context: Context,
  most: Pick<AskedStart, 'readyTimeout' | 'budget'> = {},
): Promise<Answer> {
  const own: Context = { ...context, stdin: undefined }; // the input of the caller is for what the caller has started
  const input = { step, dir: named, ...most };
  const begun = await beginRun('ensure', input, own, ensureNeed, part);
  return begunAnswer(begun, { ...input, waitReady: true }, own);
}
