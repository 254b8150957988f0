import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive } from '@pm/process';
import { decodeIdentity, directoryPaths, encodeIdentity } from '@pm/protocol';
import { createRecord, makeFolder, namesIn, presentIn, readRecord } from '@pm/protocol/fs';

/** Takes back what a process has said about a service. */
type TakeBack = () => void;

const CLOSING = 'closing.';
const AGAIN_MS = 20;
let marks = 0;

// Why: contributing/decisions/2026-11-29-services-that-a-run-needs.md
/**
 * Does `work` while this process holds these services: until it is done, or the process is gone, nobody stops one of them as unneeded.
 * Before that it waits for those who are about to stop one. If a hold cannot be written (a full disk), the service may be stopped before
 * it is used.
 * @param signal aborting it ends the wait for others
 */
export async function whileHeld<T>(
  dir: string,
  steps: readonly string[],
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const holds = steps.map((step) => mark(dir, step, ''));
  try {
    await Promise.all(steps.map((step) => untilNotClosing(dir, step, signal)));
    return await work();
  } finally {
    for (const takeBack of holds) takeBack?.();
  }
}

/** The steps that a living process is about to use. */
export function heldSteps(dir: string): Set<string> {
  return new Set(namesIn(directoryPaths(dir).holds).filter((step) => livingMarks(dir, step, false) > 0));
}

/**
 * Says that this process is about to stop a service unless somebody holds it. Both sides write first and look then, so at least one of them
 * sees the other: the one that stops gives way, and the one that holds waits (`untilNotClosing`).
 * @returns undefined if it cannot be written: then the service must not be stopped
 */
export function close(dir: string, step: string): TakeBack | undefined {
  return mark(dir, step, CLOSING);
}

/** Waits until nobody is about to stop the service, which is held. */
async function untilNotClosing(dir: string, step: string, signal: AbortSignal): Promise<void> {
  while (livingMarks(dir, step, true) > 0 && !signal.aborted) await sleep(AGAIN_MS);
}

function mark(dir: string, step: string, prefix: string): TakeBack | undefined {
  const { holds } = directoryPaths(dir);
  const self = identify(process.pid);
  const path = `${holds}/${step}/${prefix}${process.pid}.${Date.now()}.${marks++}`;
  try {
    for (const folder of [holds, `${holds}/${step}`]) makeFolder(folder);
    if (self === undefined || !createRecord(path, encodeIdentity(self))) return undefined;
    return () => rmSync(path, { force: true });
  } catch {
    return undefined;
  }
}

/** The mark of a process that is gone counts for nothing, and is removed. */
function livingMarks(dir: string, step: string, areClosing: boolean): number {
  const folder = `${directoryPaths(dir).holds}/${step}`;
  const paths = namesIn(folder)
    .filter((name) => /^(?:closing\.)?\d+\.\d+\.\d+$/.test(name) && name.startsWith(CLOSING) === areClosing)
    .map((name) => `${folder}/${name}`);
  return paths.filter((path) => {
    const owner = presentIn(readRecord(path, decodeIdentity));
    if (owner !== undefined && isAlive(owner)) return true;
    if (owner !== undefined) rmSync(path, { force: true });
    return false;
  }).length;
}
