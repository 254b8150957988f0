import { PmError } from '@pm/protocol';

/** A name that no step can have, and what one looks like. */
export function badStepName(name: string): PmError {
  const shown = name.length > 70 ? `${name.slice(0, 70)}…` : name;
  return new PmError(
    'usage',
    `${JSON.stringify(shown)} is not a step name.`,
    'A step is 1 to 64 letters, digits, dots, dashes or underscores, starting with a letter or digit.',
  );
}
