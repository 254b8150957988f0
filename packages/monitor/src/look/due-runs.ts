import { existsSync } from 'node:fs';
import { isAlive, lifeOf } from '@pm/process';
import { type Attempt, type RunRecord, runPaths } from '@pm/protocol';
import { presentIn, type Reading, readAttempt, readLease, statOf } from '@pm/protocol/fs';
import { lifeIntervalMs } from '../judge/look-interval.ts';
import { sourceOf } from '../source/source-of.ts';
import { readFolderStamp } from './folder-stamp.ts';
import type { Look } from './observe.ts';
import type { Snapshot } from './snapshot.ts';
import { isTransient } from './transient-errors.ts';
import type { WatchedRun } from './watched-run.ts';

/**
 * A run that will be due within this share of its interval is looked at together with those that are due now, because
 * one scan of the machine serves all. Half: then runs with equal intervals come together within two rounds, whenever
 * they began.
 */
const EARLY_SHARE = 0.5;

/**
 * The runs to look at in this turn: those whose time has come, and those of which a glance says that something has
 * happened. A glance costs one look at the run's folder, and at times one into /proc.
 */
export function dueRuns(dir: string, live: Iterable<WatchedRun>, snapshot: Snapshot): WatchedRun[] {
  const all = [...live];
  const lifeEveryMs = lifeIntervalMs(all.length);
  const isDue = ({ dueAtMs }: WatchedRun): boolean => dueAtMs <= snapshot.monotonicMs;
  const due = new Set(all.filter((watched) => isDue(watched) || glance(dir, watched, snapshot, lifeEveryMs)));
  const plans = [...due].filter(isDue).map(({ plannedMs }) => plannedMs);
  // A run that is looked at ten times a second must not bring forward those that are looked at four times a minute.
  const longestMs = Math.max(0, ...plans) * 2;
  const isNear = ({ dueAtMs, plannedMs }: WatchedRun): boolean =>
    plannedMs <= longestMs && dueAtMs - plannedMs * EARLY_SHARE <= snapshot.monotonicMs;
  return all.filter((watched) => due.has(watched) || isNear(watched));
}

/** A cheap check between two looks: true if something has happened. */
function glance(dir: string, watched: WatchedRun, snapshot: Snapshot, lifeEveryMs: number): boolean {
  try {
    return hasChanged(dir, watched, snapshot) || hasDied(watched, snapshot, lifeEveryMs);
  } catch (error) {
    if (isTransient(error)) return false;
    throw error;
  }
}

function hasChanged(dir: string, watched: WatchedRun, { wallMs }: Snapshot): boolean {
  const { run, look, folder } = watched;
  if (look === undefined || run.mirror !== undefined) return true;
  if (sourceOf(dir, run).saysEnded(wallMs)) return true;
  const stampMs = readFolderStamp(folder, wallMs);
  if (stampMs !== undefined && stampMs === watched.folderStampMs) return false;
  const { exit, outcome, ending, deadline } = runPaths(dir, run.id);
  if (existsSync(exit) || existsSync(outcome) || !existsSync(folder)) return true;
  if (existsSync(ending) !== (look.observation.ending !== undefined)) return true;
  const { attempt } = look.observation;
  if (attempt !== undefined && isAnother(attempt, readAttempt(dir, run))) return true;
  if (isMoved(look.disk.deadline, deadline)) return true;
  if (isShortened(dir, look, run)) return true;
  watched.folderStampMs = stampMs;
  return false;
}

function hasDied(watched: WatchedRun, { monotonicMs }: Snapshot, everyMs: number): boolean {
  const { look } = watched;
  if (look === undefined || monotonicMs - Math.max(look.atMs, watched.livedAtMs) < everyMs) return false;
  watched.livedAtMs = monotonicMs;
  const [wrapper, command] = [presentIn(look.disk.wrapper), presentIn(look.disk.command)];
  if (wrapper !== undefined && look.observation.wrapper === 'running') return lifeOf(wrapper) !== 'running';
  // Without its wrapper nobody records that the command ends.
  return command !== undefined && look.observation.wrapper === 'gone' && !isAlive(command);
}

/** The attempt has failed, or the next one has begun. */
function isAnother(before: Attempt, now: Attempt | undefined): boolean {
  return now?.n !== before.n || now.failed !== before.failed;
}

/** The lease was given an earlier end. One that was extended is read when the known one is over. */
function isShortened(dir: string, { lease }: Look, { id }: RunRecord): boolean {
  const now = lease && readLease(dir, id);
  return now !== undefined && now.untilMs < (lease?.untilMs ?? 0);
}

/** The limit was moved since the last look, which planned the next one by the old limit. */
function isMoved(known: Reading<unknown>, file: string): boolean {
  return known.kind === 'present' && statOf(file)?.mtimeMs !== known.atMs;
}
