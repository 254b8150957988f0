import { existsSync } from 'node:fs';
import { isAlive, markedProcesses, thisPidScope } from '@pm/process';
import { decodeIdentity, PmError, runPaths } from '@pm/protocol';
import { isOutOfRoom, presentIn, readQueued, readRecord, readRunRecord } from '@pm/protocol/fs';
import { openFileQueue, type Queue, type QueueEntry, type RunStanding } from '@pm/queue';
import { hasTurnBegun } from '@pm/wrapper';
import { openElsewhereQueue } from '../elsewhere/elsewhere-queue.ts';
import { engineQueueIn } from '../elsewhere/engine-of-queue.ts';
import { hashOf } from './queue-folder.ts';

/**
 * Opens a queue, as a process of this pid namespace: that in a folder, or one that an engine keeps.
 * @param folder as on record
 * @param dir the directory of runs whose configuration names the engine
 * @throws from `enqueue` and `configure`: PmError `directory-unusable`, which names the folder. It is often not on the disk of the runs
 */
export function openQueue(folder: string, dir: string): Queue {
  const elsewhere = engineQueueIn(folder);
  if (elsewhere !== undefined) return openElsewhereQueue(elsewhere, dir);
  const queue = openFileQueue(folder, { realm: realmHere, standingOf });
  const explain = (error: unknown): never => {
    throw explained(error, folder);
  };
  return {
    ...queue,
    enqueue: (entry) => queue.enqueue(entry).catch(explain),
    configure: (patch) => queue.configure(patch).catch(explain),
  };
}

/** Only a process with the same realm starts what was put in line in it. */
export function realmHere(): string {
  return hashOf(thisPidScope().pidNamespace);
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

/**
 * How the run of an entry stands. A slot whose holder was killed is free when this is `over`: by what is on record, by what its processes
 * show, or by the judgement of a monitor; never by a timer.
 */
function standingOf({ dir, id, step }: Pick<QueueEntry, 'dir' | 'id' | 'step'>): RunStanding | Promise<RunStanding> {
  const { ended, outcome, wrapper, folder } = runPaths(dir, id);
  if (existsSync(ended) || existsSync(outcome)) return 'over';
  const holder = presentIn(readRecord(wrapper, decodeIdentity));
  if (holder !== undefined && isAlive(holder)) return 'begun';
  if (!hasTurnBegun(dir, id)) {
    const reading = readQueued(dir, step);
    if (presentIn(reading)?.id === id) return 'waiting';
    if (reading.kind === 'newer') return 'newer';
  }
  // Its records were deleted: its processes show whether it goes on.
  if (!existsSync(folder)) return markedProcesses('PM_RUN_ID').some(({ mark }) => mark.endsWith(id)) ? 'begun' : 'over';
  return judgedStanding(dir, id);
}

async function judgedStanding(dir: string, id: string): Promise<RunStanding> {
  const run = presentIn(readRunRecord(dir, id));
  const { judgeOnce } = await import('./judging.ts');
  return run !== undefined && judgeOnce(dir, run, BY).kind === 'ended' ? 'over' : 'begun';
}

const BY = `pm queue ${process.pid}`;
