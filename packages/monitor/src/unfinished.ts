import { existsSync, readdirSync, statSync } from 'node:fs';
import { directoryPaths, isRunId, type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { readRunRecord } from '@pm/protocol/fs';
import { adopt, stepsWithPid } from './adopt.ts';

/** Finds the runs of a directory that have no outcome yet, each once. */
export interface Finder {
  /** Those not given before. A foreign writer's are adopted on the way. Empty if the directory is gone. */
  readonly find: () => RunRecord[];
  /** A record of a newer version was met: its runs are a newer program's to judge. */
  readonly hasMetNewer: () => boolean;
}

export function finderOf(dir: string): Finder {
  const known = new Set<string>();
  const announcements = new Map<string, number>();
  let newer = false;

  const isNews = (step: string): boolean => {
    const atMs = statSync(stepPaths(dir, step).pid, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const isKnown = announcements.get(step) === atMs;
    announcements.set(step, atMs);
    return !isKnown;
  };

  const take = (id: string): RunRecord[] => {
    const reading = readRunRecord(dir, id);
    if (reading.kind === 'absent') return []; // being prepared: asked again
    known.add(id);
    if (reading.kind === 'newer') newer = true;
    return reading.kind === 'present' && !existsSync(runPaths(dir, id).outcome) ? [reading.value] : [];
  };
  return {
    find: () => {
      for (const step of stepsWithPid(dir).filter(isNews)) adopt(dir, step);
      return namesIn(directoryPaths(dir).runs)
        .filter((id) => isRunId(id) && !known.has(id))
        .flatMap(take);
    },
    hasMetNewer: () => newer,
  };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
