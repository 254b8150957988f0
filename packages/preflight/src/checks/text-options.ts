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

/**
 * Text with `${NAME}` replaced by the variable's value: what is secret stays out of the configuration.
 * @returns the names that are not set or empty, if there are any: half a URL must not be asked
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
