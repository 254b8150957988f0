// The resident monitor for frontends: a process of its own that runs nothing but this, so that it stays small.
import { reside } from '@pm/monitor';
import { closeEngines } from './elsewhere/shared-engines.ts';
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
  void reside(dir, { signal, program, work: residentWork(dir, { signal, program, resident: call }) }).finally(
    closeEngines,
  );
}
