import { existsSync, rmSync } from 'node:fs';
import { directoryPaths } from '../paths.ts';
import { makeFolder } from './directory.ts';
import { namesIn } from './entries.ts';
import { createRecord } from './write-record.ts';

// Why: contributing/decisions/2026-11-29-who-delivers.md
/**
 * The work that waits for the resident monitor of a directory, by name: `notify.<run id>`, `queue.<hash of its folder>`. As long as there is any, the resident stays.
 * Whoever finds work and no resident starts one: calls of `pm` that start, wait for or show runs, and every wrapper at its end.
 */
export function openWork(dir: string): string[] {
  return namesIn(directoryPaths(dir).work).filter((name) => /^[a-z]+\.[A-Za-z0-9-]{1,80}$/.test(name));
}

/**
 * Says that there is work. It is there until `closeWork`, also if this process dies.
 * @param text what there is to know about it
 */
export function addWork(dir: string, name: string, text = ''): void {
  const { work } = directoryPaths(dir);
  if (existsSync(`${work}/${name}`)) return; // each run of a queue says so, and few are the first one
  makeFolder(work);
  createRecord(`${work}/${name}`, text);
}

/** Says that this work is done. */
export function closeWork(dir: string, name: string): void {
  rmSync(`${directoryPaths(dir).work}/${name}`, { recursive: true, force: true });
}
