import { announcedSteps } from '@pm/monitor';
import { claimedSteps, queuedSteps } from '@pm/protocol/fs';
import { readConfig } from '../config/read-config.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { queueNames } from '../queue/queue-names.ts';

/** Names for completions, sorted. Those of pm.config.json are missing if it has a fault. */
export interface KnownNames {
  /** Steps that have or had a run, or that wait for their turn. */
  readonly known: readonly string[];
  /** Steps that wait for their turn. */
  readonly waiting: readonly string[];
  /** Steps of pm.config.json. */
  readonly configured: readonly string[];
  readonly queues: readonly string[];
  /** Queues that an engine keeps, so that workers take from them. */
  readonly engines: readonly string[];
}

/**
 * What can be named in a directory, for completions: names alone, no run is looked at and nothing is written.
 * @param named the directory of a call; undefined: that of the project
 */
export async function stepNames(named: string | undefined, context: Pick<Context, 'cwd' | 'env'>): Promise<KnownNames> {
  const dir = locateDirectory(named, context);
  const config = await readConfig(dir).catch(() => undefined);
  const waiting = queuedSteps(dir);
  const engines = Object.entries(config?.queues ?? {}).filter(([, { engine }]) => engine !== undefined);
  return {
    known: [...new Set([...claimedSteps(dir), ...announcedSteps(dir), ...waiting])].sort(),
    waiting: [...waiting].sort(),
    configured: Object.keys(config?.steps ?? {}).sort(),
    queues: queueNames(dir, config, context),
    engines: engines.map(([name]) => name).sort(),
  };
}
