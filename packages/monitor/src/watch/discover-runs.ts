import { existsSync, readdirSync } from 'node:fs';
import { directoryPaths, isRunId, type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { readOutcome, readRunRecord, statOf } from '@pm/protocol/fs';
import { adopt, stepsWithPid } from '../foreign/adopt.ts';
import { settledAtMs } from '../look/folder-stamp.ts';
import { attempt } from '../look/transient-errors.ts';

/** How long a foreign writer's next run may go unnoticed. */
const ANNOUNCED_MS = 5_000;

/** Finds the runs of a directory, each once: those that have no outcome yet, and from then on all that begin. */
export interface Finder {
  /**
   * Those not given before. A foreign writer's are adopted on the way. Empty if the directory is gone.
   * One that begins between two calls is given even if another monitor has concluded it by then: its end is news all the same.
   */
  readonly find: () => RunRecord[];
}

export function finderOf(dir: string): Finder {
  const known = new Set<string>();
  const announcements = new Map<string, number>();
  let adoptedAtMs = Number.NEGATIVE_INFINITY;
  let namesAtMs: number | undefined;
  let runsAtMs: number | undefined;
  let isFirst = true;

  const adoptIfNews = (step: string): void => {
    const { pid, heartbeat, status } = stepPaths(dir, step);
    const atMs = statOf(pid)?.mtimeMs ?? 0;
    if (announcements.get(step) === atMs) return;
    adopt(dir, step);
    // One written just now may be half written, one without a sign of life is no run yet: it is asked for again.
    if (Date.now() - atMs > ANNOUNCED_MS && (existsSync(heartbeat) || existsSync(status)))
      announcements.set(step, atMs);
  };

  // A new name changes the folder's own time; an old `.pid` written anew does not, and is asked for now and then.
  const adoptForeign = (): void => {
    const settled = settledAtMs(dir, Date.now());
    const nowMs = performance.now();
    if (settled !== undefined && settled === namesAtMs && nowMs - adoptedAtMs < ANNOUNCED_MS) return;
    for (const step of stepsWithPid(dir)) adoptIfNews(step);
    [namesAtMs, adoptedAtMs] = [settled, nowMs];
  };

  const take = (id: string): RunRecord[] => {
    const reading = attempt(() => readRunRecord(dir, id));
    // Being prepared, perhaps half written, or we lack handles: asked again. A run that is forgotten here ends unseen.
    if (reading === undefined || reading.kind === 'absent' || reading.kind === 'malformed') return [];
    known.add(id);
    if (reading.kind !== 'present') return []; // of a newer version: a newer program's to judge
    return isFirst && isFinished(dir, id) ? [] : [reading.value];
  };
  return {
    find: () => {
      attempt(adoptForeign);
      const { runs } = directoryPaths(dir);
      const settled = settledAtMs(runs, Date.now());
      if (settled !== undefined && settled === runsAtMs) return [];
      const names = attempt(() => readdirSync(runs));
      const news = (names ?? []).filter((id) => isRunId(id) && !known.has(id));
      const found = news.flatMap(take);
      runsAtMs = names !== undefined && news.every((id) => known.has(id)) ? settled : undefined;
      isFirst = false;
      return found;
    },
  };
}

/** Concluded and announced, or concluded by somebody whose word we cannot read. */
function isFinished(dir: string, id: string): boolean {
  const { outcome, ended } = runPaths(dir, id);
  return existsSync(outcome) && (existsSync(ended) || readOutcome(dir, id).kind !== 'present');
}
