import { existsSync, readdirSync } from 'node:fs';
import { directoryPaths, isRunId, type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { readOutcome, readRunRecord, statOf } from '@pm/protocol/fs';
import { readFolderStamp } from '../look/folder-stamp.ts';
import { ignoreTransient } from '../look/transient-errors.ts';
import { adopt, announcedSteps } from '../source/adopt-foreign-run.ts';

/** How long the next run of a foreign writer may go unnoticed. */
const ADOPT_EVERY_MS = 5_000;

/** How often to look while another process judges runs: it may begin a hundred a second. */
export const LEFT_EVERY_MS = 1_000;

/** Gives each run of a directory once: those that have not ended yet, and from then on all that begin. */
export interface RunDiscovery {
  /**
   * The runs not given before. Those of foreign writers are adopted first. Empty if the directory is gone. A run that
   * begins between two calls is given even if it was concluded since, because its ending is news all the same.
   */
  readonly newRuns: () => RunRecord[];
  /** True if another process judges runs that have not ended. They are given when it does so no longer. */
  readonly isAnyLeft: () => boolean;
}

/** @param isLeftToOthers true if another live process judges the run now; asked again as long as the run has not ended */
export function discoverRuns(dir: string, isLeftToOthers: (run: RunRecord) => boolean = () => false): RunDiscovery {
  const known = new Set<string>();
  const left = new Map<string, RunRecord>();
  let scannedAtMs = Number.NEGATIVE_INFINITY;
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
    if (isFirst && isFinished(dir, id)) return [];
    if (!isLeftToOthers(reading.value)) return [reading.value];
    left.set(id, reading.value);
    return [];
  };

  /** What other processes have left meanwhile, because they are gone. */
  const takeBack = (): RunRecord[] => {
    const back: RunRecord[] = [];
    for (const [id, run] of left) {
      const isOver = isFinished(dir, id) || !existsSync(runPaths(dir, id).folder);
      if (!isOver && isLeftToOthers(run)) continue;
      left.delete(id);
      if (!isOver) back.push(run);
    }
    return back;
  };

  return {
    isAnyLeft: () => left.size > 0,
    newRuns: () => {
      const isShared = left.size > 0;
      if (isShared && performance.now() - scannedAtMs < LEFT_EVERY_MS) return [];
      scannedAtMs = performance.now();
      const back = takeBack();
      ignoreTransient(adoptForeign);
      const { runs } = directoryPaths(dir);
      const stampMs = readFolderStamp(runs, Date.now());
      if (stampMs !== undefined && stampMs === runsStampMs) return back;
      const names = ignoreTransient(() => readdirSync(runs));
      const unknown = (names ?? []).filter((id) => isRunId(id) && !known.has(id));
      // Most runs of a batch have ended since: they are not read.
      if (isShared) for (const id of unknown) if (isFinished(dir, id)) known.add(id);
      const found = unknown.filter((id) => !known.has(id)).flatMap(take);
      runsStampMs = names !== undefined && unknown.every((id) => known.has(id)) ? stampMs : undefined;
      isFirst = false;
      return [...back, ...found];
    },
  };
}

/** Concluded and announced, or concluded in a way that this version cannot read. */
function isFinished(dir: string, id: string): boolean {
  const { outcome, ended } = runPaths(dir, id);
  return existsSync(outcome) && (existsSync(ended) || readOutcome(dir, id).kind !== 'present');
}
