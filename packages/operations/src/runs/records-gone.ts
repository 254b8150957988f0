import { PmError, type RunRecord } from '@pm/protocol';

/** Somebody deleted the folder of a run that may still live: no record is left to judge it by, or to end it with. */
export function recordsGone(where: string, { step, id }: RunRecord): PmError {
  return new PmError(
    'records-gone',
    `The records of ${step} were deleted while it ran; its command may still be running.`,
    `It can be told by PM_RUN_ID=${id} in its environment. ${where} was its place.`,
  );
}
