import { cutMiddle } from '@pm/output';
import { PmError } from '@pm/protocol';
import * as z from 'zod/mini';

/** The name of a step in a call, perhaps with `~12` behind it. Which characters it may have is checked where it is used. */
export const stepName = z.string().check(z.maxLength(80, 'must be a name of at most 64 characters'));

/** The error for a name that no step can have. */
export function invalidStepName(name: string): PmError {
  return new PmError(
    'usage',
    `${JSON.stringify(cutMiddle(name, 120))} is not a valid step name.`,
    'A step name has 1 to 64 letters, digits, dots, dashes or underscores, and starts with a letter or a digit.',
  );
}
