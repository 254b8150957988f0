import { isStepName, stateFolder } from '@pm/protocol';
import { namesIn } from '@pm/protocol/fs';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';

/** The queue of runs that only wait for others. It has no limit. */
export const ONLY_AFTER = 'after';

/** The queues that this user has used, those of this directory, and those of the configuration. */
export function queueNames(dir: string, config: Config | undefined, { env }: Pick<Context, 'env'>): string[] {
  const state = stateFolder(env);
  const used = [...(state === undefined ? [] : namesIn(`${state}/queues`)), ...namesIn(`${dir}/queues`)];
  return [...new Set([...used.filter(isStepName), ...Object.keys(config?.queues ?? {})])].sort();
}
