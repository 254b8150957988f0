import { setTimeout as sleep } from 'node:timers/promises';
import { directoryPaths } from '@pm/protocol';
import { isOwnFolder, namesIn } from '@pm/protocol/fs';
import { livingMarks, putMark, sweepMarks } from './marks.ts';

/** Takes back what a process has said about a service. */
type TakeBack = () => void;

const CLOSING = 'closing.';
const AGAIN_MS = 20;

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
  const holds = steps.map((step) => putMark(folderOf(dir, step)));
  try {
    await Promise.all(steps.map((step) => untilNotClosing(dir, step, signal)));
    return await work();
  } finally {
    for (const held of holds) held?.takeBack();
  }
}

/** The steps that a living process is about to use. */
export function heldSteps(dir: string): Set<string> {
  return new Set(namesIn(directoryPaths(dir).holds).filter((step) => livingMarks(folderOf(dir, step)).length > 0));
}

/**
 * Says that this process is about to stop a service unless somebody holds it. Both sides write first and look then, so at least one of them
 * sees the other: the one that stops gives way, and the one that holds waits (`untilNotClosing`).
 * @returns undefined if it cannot be written: then the service must not be stopped
 */
export function close(dir: string, step: string): TakeBack | undefined {
  return putMark(folderOf(dir, step), CLOSING)?.takeBack;
}

/** Waits until nobody is about to stop the service, which is held. */
async function untilNotClosing(dir: string, step: string, signal: AbortSignal): Promise<void> {
  while (livingMarks(folderOf(dir, step), CLOSING).length > 0 && !signal.aborted) await sleep(AGAIN_MS);
}

/** Removes what is left of processes that are gone, and the folders of services that nobody holds. */
export function sweepHolds(dir: string): void {
  const { holds } = directoryPaths(dir);
  if (!isOwnFolder(holds)) return;
  for (const step of namesIn(holds)) sweepMarks(folderOf(dir, step), ['', CLOSING]);
}

function folderOf(dir: string, step: string): string {
  return `${directoryPaths(dir).holds}/${step}`;
}
