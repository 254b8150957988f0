import { basename } from 'node:path';
import { isStepName, stateFolder } from '@pm/protocol';
import { namesIn } from '@pm/protocol/fs';
import type { QueueSettings } from '@pm/queue';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';

/** The queue of runs that only wait for others. It has no limit. */
export const ONLY_AFTER = 'after';

/** The folders of the queues that this user has used, and of those of this directory. */
export function queueFolders(dir: string, { env }: Pick<Context, 'env'>): string[] {
  const state = stateFolder(env);
  const parents = [...(state === undefined ? [] : [`${state}/queues`]), `${dir}/queues`];
  return parents.flatMap((parent) =>
    namesIn(parent)
      .filter(isStepName)
      .map((name) => `${parent}/${name}`),
  );
}

/** The names of the queues that this user has used, those of this directory, and those of the configuration. */
export function queueNames(dir: string, config: Config | undefined, context: Pick<Context, 'env'>): string[] {
  const used = queueFolders(dir, context).map((folder) => basename(folder));
  return [...new Set([...used, ...Object.keys(config?.queues ?? {})])].sort();
}

/** What the configuration of a project says about a queue. What it does not say is left as it is. */
export function settingsOf(name: string, config: Config | undefined): Partial<QueueSettings> {
  const { slots, freeMemory, maxLoad } = config?.queues?.[name] ?? (name === ONLY_AFTER ? { slots: 1_000 } : {});
  return {
    ...(slots !== undefined && { slots }),
    ...(freeMemory !== undefined && { freeMemoryBytes: freeMemory }),
    ...(maxLoad !== undefined && { maxLoad }),
  };
}
