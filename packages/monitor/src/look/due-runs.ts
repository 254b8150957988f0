import { existsSync } from 'node:fs';
import { isAlive, lifeOf } from '@pm/process';
import { type Attempt, runPaths } from '@pm/protocol';
import { presentIn, type Reading, readAttempt, statOf } from '@pm/protocol/fs';
import { foreignHasEnded } from '../foreign/foreign-files.ts';
import { readFolderStamp } from './folder-stamp.ts';
import type { Snapshot } from './snapshot.ts';
import { isTransient } from './transient-errors.ts';
import type { WatchedRun } from './watched-run.ts';

/**
 * Who is due within this part of its own plan is looked at together with who is due now: one scan of the machine serves all.
 * Half, because runs that are looked at equally often, whenever they began, then come together within two rounds and stay so.
 */
const EARLY_SHARE = 0.5;

/** One into /proc costs three times as much as one at a folder: so many a second, and of few runs one at every glance. */
const LIVES_PER_SECOND = 16;

/**
 * Those to be looked at in this turn: their time has come, or a glance says that something has happened.
 * A glance costs one look at the folder and at times one into /proc.
 */
export function dueRuns(dir: string, live: Iterable<WatchedRun>, snapshot: Snapshot): WatchedRun[] {
  const all = [...live];
  const lifeEveryMs = all.length > LIVES_PER_SECOND ? (all.length / LIVES_PER_SECOND) * 1_000 : 0;
  const due = all.filter(
    (watched) => watched.dueAtMs <= snapshot.monotonicMs || glance(dir, watched, snapshot, lifeEveryMs),
  );
  const plans = due.filter(({ dueAtMs }) => dueAtMs <= snapshot.monotonicMs).map(({ plannedMs }) => plannedMs);
  // One that is looked at ten times a second must not take along those that are looked at four times a minute.
  const longestMs = Math.max(0, ...plans) * 2;
  const isNear = ({ dueAtMs, plannedMs }: WatchedRun): boolean =>
    plannedMs <= longestMs && dueAtMs - plannedMs * EARLY_SHARE <= snapshot.monotonicMs;
  return all.filter((watched) => due.includes(watched) || isNear(watched));
}

function glance(dir: string, watched: WatchedRun, snapshot: Snapshot, lifeEveryMs: number): boolean {
  try {
    return hasNews(dir, watched, snapshot) || hasDied(watched, snapshot, lifeEveryMs);
  } catch (error) {
    if (isTransient(error)) return false;
    throw error;
  }
}

function hasNews(dir: string, watched: WatchedRun, snapshot: Snapshot): boolean {
  const { run, look, folder } = watched;
  if (look === undefined) return true;
  if (run.foreign !== undefined && foreignHasEnded(dir, run, snapshot.wallMs)) return true;
  const stampMs = readFolderStamp(folder, snapshot.wallMs);
  if (stampMs !== undefined && stampMs === watched.folderStampMs) return false;
  const { exit, outcome, ending, deadline } = runPaths(dir, run.id);
  if (existsSync(exit) || existsSync(outcome) || !existsSync(folder)) return true;
  if (existsSync(ending) !== (look.observation.ending !== undefined)) return true;
  if (look.observation.attempt !== undefined && isAnother(look.observation.attempt, readAttempt(dir, run))) return true;
  if (isMoved(look.disk.deadline, deadline)) return true;
  watched.folderStampMs = stampMs;
  return false;
}

function hasDied(watched: WatchedRun, { monotonicMs }: Snapshot, everyMs: number): boolean {
  const { look } = watched;
  if (look === undefined || monotonicMs - Math.max(look.atMs, watched.livedAtMs) < everyMs) return false;
  watched.livedAtMs = monotonicMs;
  const [recorder, root] = [presentIn(look.disk.wrapper), presentIn(look.disk.command)];
  if (recorder !== undefined && look.observation.wrapper === 'running') return lifeOf(recorder) !== 'running';
  // Without its wrapper the command leaves no word when it goes.
  return root !== undefined && look.observation.wrapper === 'gone' && !isAlive(root);
}

/** One has failed, or the next has begun. */
function isAnother(before: Attempt, now: Attempt | undefined): boolean {
  return now?.n !== before.n || now.failed !== before.failed;
}

/** Somebody gave it another limit: the next look was planned by the old one. */
function isMoved(known: Reading<unknown>, file: string): boolean {
  return known.kind === 'present' && statOf(file)?.mtimeMs !== known.atMs;
}
