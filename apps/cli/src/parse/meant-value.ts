import { durationMeant, type OperationName, sizeMeant } from '@pm/operations';
import { didYouMean } from './did-you-mean.ts';
import type { Flag } from './flags.ts';

/** The parts of a zod schema that tell whether it takes a value. */
interface Parser {
  readonly safeParse: (value: unknown) => { readonly success: boolean };
}

/** The value that was probably meant by one that an option does not take: `5` → `5s`, `10MB` → `10MiB`. The option takes it. */
export function meantValue(flag: Flag, given: string): string | undefined {
  const guesses = [durationMeant(given), sizeMeant(given), didYouMean(given, flag.choices)];
  return guesses.find((guess) => guess !== undefined && guess !== given && takes(flag, guess));
}

/** Whether a call with a guessed value must only show what it would do. What `prune` deletes cannot be brought back. */
export function needsDryRun(verb: OperationName): boolean {
  return verb === 'prune';
}

/** Whether the option takes this text. */
export function takes({ schema, kind }: Flag, text: string): boolean {
  if (kind === 'switch') return false;
  const value = kind === 'number' ? Number(text) : kind === 'texts' ? [text] : text;
  return (schema as unknown as Parser).safeParse(value).success;
}
