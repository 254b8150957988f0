import { readdirSync } from 'node:fs';
import { directoryPaths, isRunId, newRunId } from '@pm/protocol';
import { queuedSteps, statOf } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { everyDirectory } from '../project/known-directories.ts';
import { type Bounds, isWithinRoots, realPlace } from '../project/within-roots.ts';
import { newestClaims } from '../runs/find-run.ts';
import { viewNow } from '../runs/run-view.ts';
import type { RunView } from '../shape/answer.ts';
import { isLive } from '../shape/is-live.ts';

/** Where runs are counted: below the roots, and in the directory of the bounds. */
export type CountedIn = Pick<Bounds, 'roots' | 'dir'>;

/** The live runs of all directories of this user below the roots. Those of another directory than `here` have their `dir`. */
export function liveRunsWithin(here: string, env: Context['env'], bounds: CountedIn): RunView[] {
  return directoriesWithin(here, env, bounds).flatMap((dir) =>
    claimsIn(dir).flatMap(({ run }) => {
      const view = run.kind === 'present' ? viewNow(dir, run.value, 'pm start') : undefined;
      if (view === undefined || !isLive(view)) return [];
      return [dir === realPlace(here) ? view : { ...view, dir }];
    }),
  );
}

/** When the runs of these directories were begun, UTC epoch ms, oldest first, for runs that are not older than `ms`. */
export function startTimesWithin(ms: number, here: string, env: Context['env'], bounds: CountedIn): number[] {
  const since = newRunId(Date.now() - ms, new Uint8Array(10)); // run ids sort by the time of their birth
  const ids = directoriesWithin(here, env, bounds).flatMap((dir) => idsIn(dir).filter((id) => id > since));
  const queuedAt = directoriesWithin(here, env, bounds).flatMap((dir) => queuedTimes(dir));
  const recently = queuedAt.filter((at) => at > Date.now() - ms);
  return [...ids.map(bornAtMs), ...recently].sort((a, b) => a - b);
}

/** The directories of this user below the roots, this one, and that of the bounds. */
export function directoriesWithin(here: string, env: Context['env'], bounds: CountedIn): string[] {
  const own = [here, bounds.dir].map(realPlace);
  const known = everyDirectory(here, env).dirs.filter((dir) => isWithinRoots(dir, bounds));
  return [...new Set([...own, ...known])];
}

/** A directory that cannot be read does not hide the others. */
function claimsIn(dir: string): ReturnType<typeof newestClaims> {
  try {
    return newestClaims(dir);
  } catch {
    return [];
  }
}

function idsIn(dir: string): string[] {
  try {
    return readdirSync(directoryPaths(dir).runs).filter(isRunId);
  } catch {
    return []; // nothing was ever started there
  }
}

/** When the runs that wait in line were put there. */
function queuedTimes(dir: string): number[] {
  const { queued } = directoryPaths(dir);
  return queuedSteps(dir).flatMap((step) => statOf(`${queued}/${step}`)?.mtimeMs ?? []);
}

/** `20261123T180512345Z-…` */
function bornAtMs(id: string): number {
  return Date.parse(id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z.*$/, '$1-$2-$3T$4:$5:$6.$7Z'));
}
