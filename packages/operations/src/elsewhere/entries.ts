import { readFileSync, statSync, utimesSync } from 'node:fs';
import { directoryPaths, isRunId, isStepName, type QueuedRecord } from '@pm/protocol';
import { addWork, closeWork, openWork } from '@pm/protocol/fs';

/** A run of this directory that was given to an engine, and whose outcome is not here yet. */
export interface EntryElsewhere {
  readonly id: string;
  readonly step: string;
  readonly queue: string;
}

const PREFIX = 'elsewhere.';

/** Notes that the engine has the entry: from now on it is not added again, and its news are asked for. */
export function noteEntry(dir: string, { id, step, queue }: Pick<QueuedRecord, 'id' | 'step' | 'queue'>): void {
  addWork(dir, `${PREFIX}${id}`, `${queue.name} ${step}`);
}

/** Its outcome is here. */
export function closeEntry(dir: string, { id }: Pick<EntryElsewhere, 'id'>): void {
  closeWork(dir, `${PREFIX}${id}`);
}

/** Whether some are open. It is asked often, so nothing is read. */
export function hasEntries(dir: string): boolean {
  return openWork(dir).some((name) => name.startsWith(PREFIX));
}

/** Those that are open. */
export function openEntries(dir: string): EntryElsewhere[] {
  return openWork(dir).flatMap((name) => {
    if (!name.startsWith(PREFIX)) return [];
    const id = name.slice(PREFIX.length);
    const [queue = '', step = ''] = textOf(`${directoryPaths(dir).work}/${name}`).split(' ');
    return isRunId(id) && isStepName(queue) && isStepName(step) ? [{ id, step, queue }] : [];
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // another process has just closed it
  }
}

/** Whether the engine was given this entry. */
export function isNoted(dir: string, id: string): boolean {
  return openWork(dir).includes(`${PREFIX}${id}`);
}

/** How often at most it is noted that an entry was asked for, ms. */
const NOTE_MS = 2_000;

/** Notes that the engine has just said how the entry stands: the file of an entry is as old as that answer. Any process may ask. */
export function noteAsked(dir: string, entry: Pick<EntryElsewhere, 'id'>): void {
  if (wasAsked(dir, entry, NOTE_MS)) return;
  try {
    utimesSync(fileOf(dir, entry), new Date(), new Date());
  } catch {
    // it was closed
  }
}

/** Whether the engine was asked for the entry in the last so many ms, or given it. True if it is closed. */
export function wasAsked(dir: string, entry: Pick<EntryElsewhere, 'id'>, inMs: number): boolean {
  const stat = statSync(fileOf(dir, entry), { throwIfNoEntry: false });
  return stat === undefined || Math.abs(Date.now() - stat.mtimeMs) < inMs;
}

function fileOf(dir: string, { id }: Pick<EntryElsewhere, 'id'>): string {
  return `${directoryPaths(dir).work}/${PREFIX}${id}`;
}
