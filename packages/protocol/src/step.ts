import * as z from 'zod/mini';

const STEP_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The name of a piece of work. Safe as a file name and as an argument: no slash, no leading dot or dash, at most 64 characters. */
export const StepName = z
  .string()
  .check(
    z.regex(
      STEP_PATTERN,
      'must be 1 to 64 letters, digits, dots, dashes or underscores, starting with a letter or digit',
    ),
  );
export type StepName = z.infer<typeof StepName>;

/** True if `text` can name a step. */
export function isStepName(text: string): boolean {
  return STEP_PATTERN.test(text);
}

/** A run of a step: `train` is the newest one (`back` is 0), `train~1` the one before. */
export interface StepRef {
  readonly step: StepName;
  readonly back: number;
}

/** Parses `train` or `train~1`. Undefined if the name cannot be a step's. */
export function parseStepRef(text: string): StepRef | undefined {
  const [, step = '', back = '0'] = /^([^~]*)(?:~(\d{1,4}))?$/.exec(text) ?? [];
  return isStepName(step) ? { step, back: Number(back) } : undefined;
}
