import { existsSync, readdirSync } from 'node:fs';
import { directoryPaths, isRunId, type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { readOutcome, readRunRecord, statOf } from '@pm/protocol/fs';
import { readFolderStamp } from '../look/folder-stamp.ts';
import { ignoreTransient } from '../look/transient-errors.ts';
import { adopt, announcedSteps } from '../source/adopt-foreign-run.ts';

/** How long the next run of a foreign writer may go unnoticed. */
const ADOPT_EVERY_MS = 5_000;

/** Gives each run of a directory once: those that have not ended yet, and from then on all that begin. */
export interface RunDiscovery {
  /**
   * The runs not given before. Those of foreign writers are adopted first. Empty if the directory is gone. A run that
   * begins between two calls is given even if it was concluded since, because its ending is news all the same.
   */
  readonly newRuns: () => RunRecord[];
}

export function discoverRuns(dir: string): RunDiscovery {
  const known = new Set<string>();
  const pidsSeenAtMs = new Map<string, number>();
  let adoptedAtMs = Number.NEGATIVE_INFINITY;
  let dirStampMs: number | undefined;
  let runsStampMs: number | undefined;
  let isFirst = true;

  const adoptIfNew = (step: string): void => {
    const { pid, heartbeat, status } = stepPaths(dir, step);
    const atMs = (statOf(pid) ?? statOf(status))?.mtimeMs ?? 0;
    if (pidsSeenAtMs.get(step) === atMs) return;
    adopt(dir, step);
    // Look again at a `.pid` that was written just now: it may be half written. And at one without a sign of life: that
    // is no run yet.
    if (Date.now() - atMs > ADOPT_EVERY_MS && (existsSync(heartbeat) || existsSync(status)))
      pidsSeenAtMs.set(step, atMs);
  };

  // A new name changes the folder's stamp. An old `.pid` that is written anew does not, so all are looked at every few
  // seconds.
  const adoptForeign = (): void => {
    const stampMs = readFolderStamp(dir, Date.now());
    const nowMs = performance.now();
    if (stampMs !== undefined && stampMs === dirStampMs && nowMs - adoptedAtMs < ADOPT_EVERY_MS) return;
    for (const step of announcedSteps(dir)) adoptIfNew(step);
    [dirStampMs, adoptedAtMs] = [stampMs, nowMs];
  };

  const take = (id: string): RunRecord[] => {
    const reading = ignoreTransient(() => readRunRecord(dir, id));
    // It may be half written, or we lack handles: try again at the next call. A run that was dropped here would end
    // unseen.
    if (reading === undefined || reading.kind === 'absent' || reading.kind === 'malformed') return [];
    known.add(id);
    if (reading.kind !== 'present') return []; // of a newer version: a newer program judges it
    return isFirst && isFinished(dir, id) ? [] : [reading.value];
  };
  return {
    newRuns: () => {
      ignoreTransient(adoptForeign);
      const { runs } = directoryPaths(dir);
      const stampMs = readFolderStamp(runs, Date.now());
      if (stampMs !== undefined && stampMs === runsStampMs) return [];
      const names = ignoreTransient(() => readdirSync(runs));
      const unknown = (names ?? []).filter((id) => isRunId(id) && !known.has(id));
      const found = unknown.flatMap(take);
      runsStampMs = names !== undefined && unknown.every((id) => known.has(id)) ? stampMs : undefined;
      isFirst = false;
      return found;
    },
  };
}

/** Concluded and announced, or concluded in a way that this version cannot read. */
function isFinished(dir: string, id: string): boolean {
  const { outcome, ended } = runPaths(dir, id);
  return existsSync(outcome) && (existsSync(ended) || readOutcome(dir, id).kind !== 'present');
}
