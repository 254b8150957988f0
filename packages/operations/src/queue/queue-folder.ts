import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { judgeOnce } from '@pm/monitor';
import { isAlive, markedProcesses, thisPidScope } from '@pm/process';
import { decodeIdentity, PmError, runPaths, stateFolder } from '@pm/protocol';
import { isOutOfRoom, presentIn, readQueued, readRecord, readRunRecord } from '@pm/protocol/fs';
import { openFileQueue, type Queue, type RunStanding } from '@pm/queue';
import { hasTurnBegun } from '@pm/wrapper';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';

/**
 * Where a queue is kept: in the state folder of the user, so that all projects share it, or in the directory of runs if the configuration
 * says `"scope": "project"` or a batch has made it there.
 * @throws PmError `usage` if the user has no state folder
 */
export function queueFolderOf(
  name: string,
  config: Config | undefined,
  dir: string,
  { env }: Pick<Context, 'env'>,
): string {
  const own = `${dir}/queues/${name}`;
  if (config?.queues?.[name]?.scope === 'project' || existsSync(own)) return own;
  const state = stateFolder(env);
  if (state === undefined) {
    const next = 'Set HOME or XDG_STATE_HOME to an absolute path. Nothing was started.';
    throw new PmError('usage', 'Queues are kept in the state folder of the user, and there is none.', next);
  }
  return `${state}/queues/${name}`;
}

/**
 * Opens the queue in a folder, as a process of this pid namespace.
 * @throws from `enqueue` and `configure`: PmError `directory-unusable`, which names the folder. It is often not on the disk of the runs
 */
export function openQueue(folder: string): Queue {
  const queue = openFileQueue(folder, { realm: hashOf(thisPidScope().pidNamespace), standingOf });
  const explain = (error: unknown): never => {
    throw explained(error, folder);
  };
  return {
    ...queue,
    enqueue: (entry) => queue.enqueue(entry).catch(explain),
    configure: (patch) => queue.configure(patch).catch(explain),
  };
}

function explained(error: unknown, folder: string): unknown {
  const { code } = Object(error) as NodeJS.ErrnoException;
  const why = isOutOfRoom(error)
    ? 'its disk is full'
    : /^(?:EROFS|EACCES|EPERM|ENOTDIR)$/.test(code ?? '')
      ? code
      : undefined;
  if (why === undefined) return error;
  const next = isOutOfRoom(error)
    ? 'Free some space there, then call again.'
    : 'Queues are kept in the state folder of the user. Set XDG_STATE_HOME to a folder that can be written.';
  return new PmError('directory-unusable', `The queue in ${folder} cannot be changed: ${why}.`, next, { cause: error });
}

/** The project of a directory of runs, by which turns are shared. */
export function projectOf(dir: string): string {
  return hashOf(dirname(realPathOf(dir)));
}

/** 16 hexadecimal digits. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The name of the work that a resident has with the queue in a folder. */
export function workOf(folder: string): string {
  return `queue.${hashOf(folder)}`;
}

/** The evidence that a queue asks for before it gives a slot away. */
function standingOf({
  dir,
  id,
  step,
}: {
  readonly dir: string;
  readonly id: string;
  readonly step: string;
}): RunStanding {
  const { ended, outcome, wrapper, folder } = runPaths(dir, id);
  if (existsSync(ended) || existsSync(outcome)) return 'over';
  const holder = presentIn(readRecord(wrapper, decodeIdentity));
  if (holder !== undefined && isAlive(holder)) return 'begun';
  if (!hasTurnBegun(dir, id) && presentIn(readQueued(dir, step))?.id === id) return 'waiting';
  // Its records were deleted: its processes show whether it goes on.
  if (!existsSync(folder)) return markedProcesses('PM_RUN_ID').some(({ mark }) => mark.endsWith(id)) ? 'begun' : 'over';
  const run = presentIn(readRunRecord(dir, id));
  return run !== undefined && judgeOnce(dir, run, BY).kind === 'ended' ? 'over' : 'begun';
}

const BY = `pm queue ${process.pid}`;

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
