import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive } from '@pm/process';
import { decodeIdentity, directoryPaths, encodeIdentity } from '@pm/protocol';
import { createRecord, makeFolder, namesIn, presentIn, readRecord } from '@pm/protocol/fs';

/** Takes back what a process has said about a service. */
export type TakeBack = () => void;

const CLOSING = 'closing.';
const AGAIN_MS = 20;
let marks = 0;

// Why: contributing/decisions/2026-11-29-services-that-a-run-needs.md
/**
 * Says that this process is about to use a service. Until that is taken back, or the process is gone, nobody stops the service as unneeded.
 * If it cannot be written (a full disk), nothing is held, and the service may be stopped before it is used.
 */
export function hold(dir: string, step: string): TakeBack {
  return mark(dir, step, '') ?? (() => {});
}

/** The steps that a living process is about to use. */
export function heldSteps(dir: string): Set<string> {
  return new Set(namesIn(directoryPaths(dir).holds).filter((step) => livingMarks(dir, step, false) > 0));
}

/**
 * Says that this process is about to stop a service unless somebody holds it. Each of the two writes first and looks then, so at least one
 * of them sees the other: who stops gives way, and who holds waits (`untilNotClosing`).
 * @returns undefined if it cannot be written: then the service must not be stopped
 */
export function close(dir: string, step: string): TakeBack | undefined {
  return mark(dir, step, CLOSING);
}

/** Waits until nobody is about to stop the service. Call it while the service is held. */
export async function untilNotClosing(dir: string, step: string, signal: AbortSignal): Promise<void> {
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
