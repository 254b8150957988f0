import { hastenCgroupMoves } from '@pm/process';
import { isStepName } from '@pm/protocol';
import type { AskedStart, StartVerb } from '../admit/start-call.ts';
import { readConfig } from '../config/read-config.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { startRequestOf } from '../project/start-request.ts';
import type { PartInSet } from '../sets/ensure-set.ts';
import type { Answer } from '../shape/answer.ts';
import { invalidStepName } from '../shape/step-name.ts';
import { beginAlone, isConfined } from './begin-alone.ts';
import { type AnyBegun, begunAnswer } from './begun-answer.ts';

// Why: contributing/decisions/2026-11-27-checks-belong-to-one-claim.md
/**
 * Does everything up to the start of the wrapper: makes sure of the services that the run needs, resolves the command, names the step,
 * makes the policy and begins the run. Each module that is loaded here delays the command, so what only some answers need is loaded later.
 * @param part what is known about it as a part of a set, whose needs are ready already
 * @returns also the configuration as it was read for this call
 * @throws PmError `usage` for a bad step name, working directory or policy; `directory-unusable`; `still-finishing`
 */
export async function beginRun(
  verb: StartVerb,
  input: AskedStart,
  context: Context,
  part?: PartInSet,
): Promise<AnyBegun> {
  if (input.step !== undefined && !isStepName(input.step)) throw invalidStepName(input.step);
  if (isConfined(context)) hastenCgroupMoves(); // first of all: it takes 10 to 20 ms, beside everything below
  const dir = locateDirectory(input.dir, context);
  const config = await readConfig(dir, context.bounds);
  const request = startRequestOf(input, config, dir);
  if (verb === 'ensure') await (await import('../sets/until-stopped.ts')).untilStopped(dir, request.step, context);
  const begin = (own?: PartInSet) => beginAlone(verb, request, input, dir, context, own);
  if (part !== undefined || (request.needs ?? []).length === 0) return { ...(await begin(part)), config };
  const { beginWithNeeds } = await import('../sets/begin-with-needs.ts');
  const ensure = (need: string, own: PartInSet) => ensureNeed(need, own, input.dir, context);
  const begun = await beginWithNeeds(dir, request, context, ensure, (needs) => begin({ needs, forNeeds: false }));
  return { ...begun, config };
}

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
  const begun = await beginRun('ensure', input, own, part);
  return begunAnswer(begun, { ...input, waitReady: true }, own);
}
