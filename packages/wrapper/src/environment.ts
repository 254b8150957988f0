const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Belongs to one run: an inner `pm start` must not look like a part of the outer one. */
const OF_ONE_RUN: ReadonlySet<string> = new Set(['PM_RUN_ID', 'PM_STEP', 'PM_RESULT', 'PM_BEAT', 'PM_PROGRESS']);

/**
 * The environment of the wrapper: the caller's without the variables of an outer run. `PM_RUN_ID` says that it supervises
 * and belongs to no tree, neither its own run's nor that of a run it was started from.
 */
export function commandEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  runId: string,
): Record<string, string> {
  const given = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !OF_ONE_RUN.has(entry[0]),
  );
  return { ...Object.fromEntries(given), PM_RUN_ID: `supervisor-of-${runId}` };
}

/**
 * Shells drop variables whose names are no identifiers (`a.b`, `INPUT_who-to`, exported bash functions: lab finding 11).
 * @returns a line for the wrapper to source that passes them through env(1), or undefined if there are none
 */
export function oddEnvironment(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const odd = Object.entries(env).filter(([name, value]) => value !== undefined && !IDENTIFIER.test(name));
  if (odd.length === 0) return undefined;
  return `set -- env ${odd.map(([name, value]) => quote(`${name}=${value}`)).join(' ')} "$@"\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
