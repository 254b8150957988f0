import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import { engineQueueIn, variableOf } from './engine-of-queue.ts';

/**
 * The variables that the record of a run that waits keeps. One that waits in a queue of an engine keeps only those that travel: another one may
 * be the address of the engine, with its password.
 */
export function envToKeep(
  env: Context['env'],
  { name, folder }: { readonly name: string; readonly folder: string },
  config: Config | undefined,
): Context['env'] {
  return engineQueueIn(folder) === undefined ? env : travelling(env, config?.queues?.[name]);
}

type QueueConfig = NonNullable<Config['queues']>[string];

/** The variables that travel to a worker: those that the queue names, `NAME` or `NAME_*`, but never the one with the address of the engine. */
export function travelling(env: Context['env'], queue: QueueConfig | undefined): Record<string, string> {
  const { env: allowed = [], engine } = queue ?? {};
  const isAllowed = (name: string): boolean =>
    name !== variableOf(engine) &&
    allowed.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one));
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value !== undefined && isAllowed(name) ? [[name, value]] : [])),
  );
}
