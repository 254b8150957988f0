import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { decodeJson, encodeJson } from '../codec.ts';
import { directoryPaths } from '../paths.ts';
import { QueuedRecord } from '../records/queued.ts';
import { isStepName } from '../step.ts';
import { makeFolder } from './directory.ts';
import { namesIn } from './entries.ts';
import { presentIn, type Reading, readRecord } from './read-record.ts';
import { createRecord } from './write-record.ts';

// Why: contributing/decisions/2026-11-29-a-queue-of-files.md
/**
 * Puts a run on record that waits for its turn. A step has at most one.
 * @returns false if another run of the step waits already
 */
export function addQueued(dir: string, record: QueuedRecord): boolean {
  const { queued } = directoryPaths(dir);
  makeFolder(queued);
  return createRecord(`${queued}/${record.step}`, encodeJson(record), true);
}

/** The steps that have a run which waits for its turn. No record is read for it. */
export function queuedSteps(dir: string): string[] {
  return namesIn(directoryPaths(dir).queued).filter(isStepName);
}

/** The run of a step that waits for its turn. An argv may have 2 MB, and six times that in JSON. */
export function readQueued(dir: string, step: string): Reading<QueuedRecord> {
  return readQueuedFile(`${directoryPaths(dir).queued}/${step}`);
}

function readQueuedFile(path: string): Reading<QueuedRecord> {
  return readRecord(path, (text) => decodeJson(QueuedRecord, text), 16_777_216);
}

/** True if a run of the step waits for its turn. */
export function hasQueued(dir: string, step: string): boolean {
  return existsSync(`${directoryPaths(dir).queued}/${step}`);
}

/**
 * The run has begun, or never will: it waits no longer. Another run of the step that waits meanwhile is left alone, and so is what a newer
 * version wrote: a process that was suspended may call this late.
 */
export function removeQueued(dir: string, { id, step }: Pick<QueuedRecord, 'id' | 'step'>): void {
  const reading = readQueued(dir, step);
  if (reading.kind === 'newer' || (reading.kind === 'present' && reading.value.id !== id)) return;
  const { queued } = directoryPaths(dir);
  const path = `${queued}/${step}`;
  // Another process may have removed it since it was read, and a new run of the step may be waiting: look again at what was taken away.
  const taken = `${queued}/.${id}.${process.pid}`;
  try {
    renameSync(path, taken);
  } catch {
    return; // another process has removed it
  }
  const record = presentIn(readQueuedFile(taken));
  if (record !== undefined && record.id !== id) linkSync(taken, path);
  rmSync(taken, { recursive: true, force: true });
}
