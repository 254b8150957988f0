import { isStepName, PmError, type QueuedRecord } from '@pm/protocol';
import { presentIn, readClaim, readQueued } from '@pm/protocol/fs';
import { noSuchRun } from '../runs/find-run.ts';

/**
 * The runs that `after` names: the newest of each step, which may be waiting itself.
 * @param words `build`, or `build:any` if it need not succeed
 * @throws PmError `usage` for a word that names no step and for the step itself, `no-such-step` for a step without a run
 */
export function resolveAfter(dir: string, own: string, words: readonly string[]): NonNullable<QueuedRecord['after']> {
  return words.map((word) => {
    const [step = '', how, ...rest] = word.split(':');
    if (!isStepName(step) || rest.length > 0 || (how !== undefined && how !== 'any')) throw noStep(word);
    if (step === own) throw waitsForItself(own);
    const id = presentIn(readQueued(dir, step))?.id ?? idOfNewest(dir, step);
    if (id === undefined) throw noSuchRun(dir, step);
    return { step, id, ...(how === 'any' && { any: true }) };
  });
}

function idOfNewest(dir: string, step: string): string | undefined {
  const run = readClaim(dir, step)?.run;
  return run?.kind === 'present' ? run.value.id : undefined;
}

function noStep(word: string): PmError {
  return new PmError(
    'usage',
    `--after: "${word}" is not the name of a step.`,
    'Write --after build, or --after build:any if it need not succeed.',
  );
}

function waitsForItself(step: string): PmError {
  return new PmError('usage', `--after: ${step} cannot wait for itself.`, 'Name another step. Nothing was started.');
}
