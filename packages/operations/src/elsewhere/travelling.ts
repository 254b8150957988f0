import type { Context } from '../project/context.ts';

/**
 * The variables that travel to a worker. The others are not even kept with a run that waits: one of them may be the address of the engine, with
 * its password.
 * @param allowed `NAME`, or `NAME_*`
 */
export function travelling(env: Context['env'], allowed: readonly string[]): Record<string, string> {
  const isAllowed = (name: string): boolean =>
    allowed.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one));
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value !== undefined && isAllowed(name) ? [[name, value]] : [])),
  );
}
