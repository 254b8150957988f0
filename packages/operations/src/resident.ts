// The resident monitor for frontends: a process of its own that runs nothing but this, so that it stays small.
import { type ResidentWork, reside } from '@pm/monitor';
import { closeEngines } from './elsewhere/shared-engines.ts';
import { isOwnDirectory } from './project/known-directories.ts';
import { residentWork } from './resident-work.ts';

/**
 * The whole program `node resident.cjs DIR` of a frontend. It ends by itself when nothing is left to watch; SIGINT, SIGTERM or SIGHUP end it
 * sooner.
 * @param program its name and version on record, as `pm 1.2.3`: a newer version takes over from an older one of the same name
 */
export function residentMain(program: string): void {
  const [dir] = process.argv.slice(2);
  const leaving = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => leaving.abort());
  process.on('SIGUSR1', () => {}); // without a listener Node would open its debugger
  if (dir === undefined) return;
  const { signal } = leaving;
  const call = [process.execPath, process.argv[1] ?? ''];
  const work = onlyIfOwn(dir, process.env, residentWork(dir, { signal, program, resident: call }));
  void reside(dir, { signal, program, work }).finally(closeEngines);
}

/** In a directory in which this user has started nothing, a resident only judges runs. It asks again, because a start may come. */
function onlyIfOwn(dir: string, env: NodeJS.ProcessEnv, work: ResidentWork): ResidentWork {
  let isOwn = false;
  const asked = (): boolean => {
    isOwn ||= isOwnDirectory(dir, env);
    return isOwn;
  };
  return {
    turn: (event) => {
      if (asked()) work.turn(event);
    },
    isLeft: () => asked() && work.isLeft(),
    isLeftToOthers: (run) => asked() && work.isLeftToOthers?.(run) === true,
  };
}
