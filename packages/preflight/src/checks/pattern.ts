import * as z from 'zod/mini';

/** An option that is a regular expression, as JavaScript writes it, without its slashes. */
export const Pattern = z.string().check(z.refine(isPattern, 'must be a regular expression'));

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
