import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { isAlive, removeCgroup } from '@pm/process';
import { decodeIdentity, directoryPaths, type RunRecord, runPaths } from '@pm/protocol';
import {
  claimNumbers,
  isOwnFolder,
  isSameFile,
  openWork,
  presentIn,
  readersOf,
  readNumberedClaim,
  readOutcome,
  readRecord,
  removeClaim,
  removeRun,
  seenBy,
  sweep,
  waitersOf,
} from '@pm/protocol/fs';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import { idsWaitedFor } from '../queue/dependencies.ts';
import type { Pruned } from '../shape/answer.ts';

/** Which runs are kept. A run is deleted if its step has `keep` newer ones, or if it ended more than `olderThanMs` ago. */
export interface Retention {
  readonly keep: number;
  readonly olderThanMs: number;
  /** Also delete runs whose ending nobody has seen. */
  readonly includeUnseen?: boolean;
  /** Also delete failures that a breaker still counts. */
  readonly includeCounted?: boolean;
  readonly dryRun?: boolean;
}

/** 20 runs show a trend, and 14 days are longer than most absences. */
export const RETENTION = { keep: 20, olderThanMs: 1_209_600_000 } as const satisfies Retention;

// Why: contributing/decisions/2026-11-23-pruned-claims-stay.md
/**
 * Deletes the runs of these steps that are not kept. It never deletes a run that is live, that somebody is waiting for or is still to
 * be told of, that a run in line names in its `after`, or whose records cannot be read. A run whose ending nobody has seen, or that a
 * breaker still counts, is deleted only if the rules say so. Any number of processes may prune at the same time, while others read and start.
 * @param configOf returns the configuration; it is called at most once, and only if a run is about to be deleted
 */
export async function pruneRuns(
  dir: string,
  steps: readonly string[],
  rules: Retention,
  context: Pick<Context, 'env' | 'tty'>,
  configOf: () => Promise<Config | undefined>,
): Promise<Pruned> {
  const pruned: Pruned = { steps: [], live: 0, unseen: 0, dryRun: rules.dryRun === true };
  if (!isOwnFolder(directoryPaths(dir).runs)) return pruned;
  const seen = new Set(readersOf(dir).flatMap((reader) => [...seenBy(dir, reader)]));
  const awaited = new Set(openWork(dir).map((name) => name.slice(name.indexOf('.') + 1)));
  let config: Promise<Config | undefined> | undefined;
  let needed: ReadonlySet<string> | undefined;
  const isNeeded = (id: string): boolean => {
    needed ??= idsWaitedFor(dir);
    return needed.has(id);
  };
  for (const step of steps) {
    const ids: string[] = [];
    let bytes = 0;
    let rank = 0;
    let counted: ReadonlySet<string> | undefined;
    for (const n of claimNumbers(dir, step)) {
      const run = presentIn(readNumberedClaim(dir, step, n).run);
      if (run !== undefined && !existsSync(runPaths(dir, run.id).folder)) {
        if (rules.dryRun !== true) removeClaim(dir, step, n); // an earlier pruning was interrupted here
        continue;
      }
      const fate =
        run === undefined
          ? 'kept'
          : await fateOf(
              dir,
              { step, n, run, rank, isSeen: seen.has(run.id), hasWork: awaited.has(run.id), isNeeded },
              rules,
            );
      rank += 1;
      if (fate === 'live' || fate === 'unseen') pruned[fate] += 1;
      if (fate === 'awaited') pruned.awaited = (pruned.awaited ?? 0) + 1;
      if (fate !== 'due' || run === undefined) continue;
      if (counted === undefined) {
        config ??= configOf().catch(() => undefined); // a broken file is reported by the next start
        const { countedRuns } = await import('../breaker/directory-breaker.ts');
        counted = countedRuns(dir, step, await config, rules.dryRun !== true, context);
      }
      if (counted.has(run.id) && rules.includeCounted !== true) {
        pruned.counted = (pruned.counted ?? 0) + 1;
        continue;
      }
      const size = bytesIn(runPaths(dir, run.id).folder);
      if (rules.dryRun !== true && !remove(dir, run, n)) continue;
      ids.push(run.id);
      bytes += size;
    }
    if (ids.length > 0) pruned.steps.push({ step, ids, bytes });
  }
  if (rules.dryRun !== true) {
    sweep(dir);
    if (existsSync(directoryPaths(dir).holds)) (await import('../sets/holds.ts')).sweepHolds(dir);
  }
  return pruned;
}

interface Candidate {
  readonly step: string;
  readonly n: number;
  readonly run: RunRecord;
  /** How many newer runs the step has. */
  readonly rank: number;
  readonly isSeen: boolean;
  /** Whether a file of the work folder is about this run: it is still to be told. */
  readonly hasWork: boolean;
  /** Whether a run in line waits for the run with this id. Asked last, as all records of the line are read for it. */
  readonly isNeeded: (id: string) => boolean;
}

async function fateOf(
  dir: string,
  { step, n, run, rank, isSeen, hasWork, isNeeded }: Candidate,
  { keep, olderThanMs, includeUnseen = false }: Retention,
): Promise<'kept' | 'live' | 'unseen' | 'awaited' | 'due'> {
  const isYoung = (atMs: number): boolean => rank < keep && atMs > Date.now() - olderThanMs;
  if (isYoung(run.createdAt)) return 'kept';
  const paths = runPaths(dir, run.id);
  // A claim is a hard link to the record of its run. If it is not, it names a run that belongs to something else.
  if (run.step !== step || !isSameFile(`${directoryPaths(dir).steps}/${step}/${n}`, paths.run)) return 'kept';
  if (!isSeen && !includeUnseen) return existsSync(paths.ended) || existsSync(paths.outcome) ? 'unseen' : 'live';
  if (!existsSync(paths.outcome)) (await import('../runs/run-view.ts')).viewNow(dir, run, `pm prune ${process.pid}`);
  const outcome = presentIn(readOutcome(dir, run.id));
  const wrapper = run.mirror === undefined ? presentIn(readRecord(paths.wrapper, decodeIdentity)) : undefined;
  if (outcome === undefined) return 'live';
  if (isYoung(outcome.endedAt)) return 'kept';
  if (wrapper !== undefined && isAlive(wrapper)) return 'live';
  if (hasWork) return 'awaited';
  return waitersOf(dir, run.id).some(isAlive) || isNeeded(run.id) ? 'awaited' : 'due';
}

function remove(dir: string, run: RunRecord, n: number): boolean {
  if (!removeRun(dir, run)) return false;
  removeClaim(dir, run.step, n);
  // A job can write to the record: the path counts only if it has the name of the cgroup of this run.
  if (run.cgroup !== undefined && basename(run.cgroup) === `pm-${run.id}`) removeCgroup(run.cgroup);
  return true;
}

/** The disk space of a folder in bytes. Holes in a log do not count. */
function bytesIn(folder: string): number {
  try {
    const files = readdirSync(folder).map((name) => lstatSync(`${folder}/${name}`, { throwIfNoEntry: false }));
    return files.reduce((sum, file) => sum + (file?.blocks ?? 0) * 512, 0);
  } catch {
    return 0; // another process has deleted it
  }
}
