import * as z from 'zod/mini';

/** An option that is a regular expression in JavaScript syntax, without slashes. */
export const Pattern = z.string().check(z.refine(isPattern, 'must be a regular expression'));

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Replaces `${NAME}` with the value of the variable, so that secrets stay out of the configuration. Pure.
 * @returns the text, and the names that are not set or empty: a URL with a gap must not be used
 */
export function expandVariables(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): { readonly text: string; readonly missing: readonly string[] } {
  const missing: string[] = [];
  const filled = text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const value = env[name] ?? '';
    if (value === '') missing.push(name);
    return value;
  });
  return { text: filled, missing };
}
