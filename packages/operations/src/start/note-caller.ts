import { appendEvent } from '@pm/monitor';
import { presentIn, readClaim } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { deriveStep } from '../project/derive-step.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import type { StartInput } from '../project/start-request.ts';
import type { Refusal } from '../shape/answer.ts';
import type { BegunRun } from './begun-answer.ts';

/** Records who asked for a start in the events of the run. A refusal is recorded in the newest run of the step, if there is one. */
export function noteCaller(caller: string, begun: BegunRun, input: StartInput, context: Context): void {
  if (begun.kind === 'begun') appendEvent(begun.dir, begun.run.id, caller, 'asked', { for: 'start' });
  else if (begun.answer.refusal !== undefined) noteRefusedStart(caller, begun.answer.refusal, input, context);
}

/** Records a refusal, and who asked, in the events of a run. */
export function noteRefusal(dir: string, id: string, caller: string, { kind, message }: Refusal): void {
  appendEvent(dir, id, caller, 'refused', { kind, message: message.slice(0, 400) });
}

function noteRefusedStart(
  caller: string,
  refusal: Refusal,
  { step, command, dir }: StartInput,
  context: Context,
): void {
  const name = step ?? (command === undefined ? undefined : deriveStep(command));
  if (name === undefined) return;
  const where = locateDirectory(dir, context);
  const claim = readClaim(where, name);
  const run = claim === undefined ? undefined : presentIn(claim.run);
  if (run !== undefined) noteRefusal(where, run.id, caller, refusal);
}
