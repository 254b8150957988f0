import { PmError } from '@pm/protocol';
import * as z from 'zod/mini';

/** The name of a step in a call, perhaps with `~12` behind it. Which characters it may have is checked where it is used. */
export const stepName = z.string().check(z.maxLength(80, 'must be a name of at most 64 characters'));

/** A name that no step can have, and what one looks like. */
export function invalidStepName(name: string): PmError {
  const shown = name.length > 70 ? `${name.slice(0, 70)}…` : name;
  return new PmError(
    'usage',
    `${JSON.stringify(shown)} is not a step name.`,
    'A step is 1 to 64 letters, digits, dots, dashes or underscores, starting with a letter or digit.',
  );
}
