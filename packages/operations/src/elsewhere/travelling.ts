import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import { engineQueueIn, engineVariables } from './engine-of-queue.ts';

/**
 * The variables that the record of a run that waits keeps. One that waits in a queue of an engine keeps only those that travel: another one may
 * be the address of the engine, with its password.
 */
export function envToKeep(
  env: Context['env'],
  { name, folder }: { readonly name: string; readonly folder: string },
  config: Config | undefined,
): Context['env'] {
  return engineQueueIn(folder) === undefined ? env : travelling(env, name, config);
}

/** The variables that travel to a worker: those that the queue names, `NAME` or `NAME_*`, but never one with the address of an engine. */
export function travelling(env: Context['env'], queue: string, config: Config | undefined): Record<string, string> {
  const { env: allowed = [] } = config?.queues?.[queue] ?? {};
  const secret = engineVariables(config);
  const isAllowed = (name: string): boolean =>
    !secret.has(name) && allowed.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one));
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value !== undefined && isAllowed(name) ? [[name, value]] : [])),
  );
}
