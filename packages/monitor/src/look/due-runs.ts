import { existsSync } from 'node:fs';
import { isAlive, lifeOf } from '@pm/process';
import { type Attempt, runPaths } from '@pm/protocol';
import { presentIn, type Reading, readAttempt, statOf } from '@pm/protocol/fs';
import { foreignHasEnded } from '../foreign/foreign-files.ts';
import { settledAtMs } from './folder-stamp.ts';
import type { Tick } from './snapshot.ts';
import { isPassing } from './transient-errors.ts';
import type { Watched } from './watched-run.ts';

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
export function dueOf(dir: string, live: Iterable<Watched>, tick: Tick): Watched[] {
  const all = [...live];
  const lifeEveryMs = all.length > LIVES_PER_SECOND ? (all.length / LIVES_PER_SECOND) * 1_000 : 0;
  const due = all.filter((watched) => watched.dueAtMs <= tick.monotonicMs || glance(dir, watched, tick, lifeEveryMs));
  const plans = due.filter(({ dueAtMs }) => dueAtMs <= tick.monotonicMs).map(({ plannedMs }) => plannedMs);
  // One that is looked at ten times a second must not take along those that are looked at four times a minute.
  const longestMs = Math.max(0, ...plans) * 2;
  const isNear = ({ dueAtMs, plannedMs }: Watched): boolean =>
    plannedMs <= longestMs && dueAtMs - plannedMs * EARLY_SHARE <= tick.monotonicMs;
  return all.filter((watched) => due.includes(watched) || isNear(watched));
}

function glance(dir: string, watched: Watched, tick: Tick, lifeEveryMs: number): boolean {
  try {
    return hasNews(dir, watched, tick) || hasDied(watched, tick, lifeEveryMs);
  } catch (error) {
    if (isPassing(error)) return false;
    throw error;
  }
}

function hasNews(dir: string, watched: Watched, tick: Tick): boolean {
  const { run, look, folder } = watched;
  if (look === undefined) return true;
  if (run.foreign !== undefined && foreignHasEnded(dir, run, tick.wallMs)) return true;
  const settled = settledAtMs(folder, tick.wallMs);
  if (settled !== undefined && settled === watched.folderAtMs) return false;
  const { exit, outcome, ending, deadline } = runPaths(dir, run.id);
  if (existsSync(exit) || existsSync(outcome) || !existsSync(folder)) return true;
  if (existsSync(ending) !== (look.observation.ending !== undefined)) return true;
  if (look.observation.attempt !== undefined && isAnother(look.observation.attempt, readAttempt(dir, run))) return true;
  if (isMoved(look.disk.deadline, deadline)) return true;
  watched.folderAtMs = settled;
  return false;
}

function hasDied(watched: Watched, { monotonicMs }: Tick, everyMs: number): boolean {
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
