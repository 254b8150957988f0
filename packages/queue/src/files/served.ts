import { rmSync, writeFileSync } from 'node:fs';
import { makeFolder, namesIn } from '@pm/protocol/fs';
import type { Served } from '../turn/line-up.ts';

const FORM = /^([0-9a-f]{16})\.(\d{1,15})$/;

/** When each project last had a turn, by the names of empty files. */
export function readServed(folder: string): Served {
  const served = new Map<string, number>();
  for (const name of namesIn(folder)) {
    const [, project, turn] = FORM.exec(name) ?? [];
    if (project !== undefined) served.set(project, Math.max(Number(turn), served.get(project) ?? 0));
  }
  return served;
}

/** The most projects that are remembered. One that was forgotten counts as one that had no turn yet. */
const MOST_PROJECTS = 100;

/** Records that a project has a turn. If that fails, the order of the next turns is less fair, and nothing else happens. */
export function recordTurn(folder: string, project: string): void {
  try {
    makeFolder(folder);
    const served = readServed(folder);
    const next = Math.max(0, ...served.values()) + 1;
    writeFileSync(`${folder}/${project}.${next}`, '', { mode: 0o600 });
    const forgotten = [...served].sort(([, a], [, b]) => b - a).slice(MOST_PROJECTS);
    for (const [other, turn] of [...forgotten, [project, served.get(project) ?? 0] as const])
      rmSync(`${folder}/${other}.${turn}`, { force: true });
  } catch {
    // A full disk.
  }
}
