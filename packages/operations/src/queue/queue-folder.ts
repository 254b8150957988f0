import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { PmError, stateFolder } from '@pm/protocol';
import type { Config } from '../config/config.ts';
import { engineFolder, hasEngine } from '../elsewhere/engine-of-queue.ts';
import type { Context } from '../project/context.ts';

/** What the name of a queue begins with that a batch has made for itself. */
const OF_BATCH = 'batch.';

/** The queue of a batch that names none. Its name is not that of the batch: a start that says `--queue` with that name means another queue. */
export function queueOfBatch(batch: string, dir: string): { readonly name: string; readonly folder: string } {
  const name = `${OF_BATCH}${batch}`;
  return { name, folder: `${dir}/queues/${name}` };
}

/**
 * Where a queue is kept: in the state folder of the user, so that all projects share it, or in the directory of runs if the configuration
 * says `"scope": "project"` or a batch has made it for itself there; or what stands for a queue of an engine.
 * @throws PmError `usage` if the user has no state folder
 */
export function queueFolderOf(
  name: string,
  config: Config | undefined,
  dir: string,
  { env }: Pick<Context, 'env'>,
): string {
  if (hasEngine(name, config)) return engineFolder(name);
  const own = `${dir}/queues/${name}`;
  if (config?.queues?.[name]?.scope === 'project' || (name.startsWith(OF_BATCH) && existsSync(own))) return own;
  const state = stateFolder(env);
  if (state === undefined) {
    const next = 'Set HOME or XDG_STATE_HOME to an absolute path. Nothing was started.';
    throw new PmError('usage', 'Queues are kept in the state folder of the user, and there is none.', next);
  }
  return `${state}/queues/${name}`;
}

/** The project of a directory of runs, by which turns are shared. */
export function projectOf(dir: string): string {
  return hashOf(dirname(realPathOf(dir)));
}

/** 16 hexadecimal digits. */
export function hashOf(text: string): string {
  const { createHash } = process.getBuiltinModule('node:crypto'); // loading it takes 2 ms, and most looks at a queue do not need it
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The name of the work that a resident has with the queue in a folder. */
export function workOf(folder: string): string {
  return `queue.${hashOf(folder)}`;
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
