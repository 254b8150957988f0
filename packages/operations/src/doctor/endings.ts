import { linkSync, mkdirSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DoctorCheck, DoctorFinding } from './doctor-answer.ts';
import type { Rehearsal } from './rehearsal.ts';
import type { TestBed } from './test-bed.ts';

export const ENDINGS: DoctorCheck = { check: 'endings', what: 'an ending is reported at once' };

/** An ending wakes whoever waits. Without notifications of the file system, a waiter finds it by polling once per second. */
export function endings({ reportedAfterMs, outcome }: Rehearsal, isNotified: boolean): DoctorFinding {
  const delay = outcome === undefined ? 'the run did not end' : `${reportedAfterMs} ms after the exit`;
  if (isNotified)
    return { ...ENDINGS, result: outcome === undefined ? 'fail' : 'pass', fact: `${delay}, by watching the files` };
  return {
    ...ENDINGS,
    result: 'fail',
    fact: `${delay}, by polling: this file system reports no changes, or there is no free watch`,
    remedy:
      'raise fs.inotify.max_user_instances, or put PM_DIR on a local disk; until then an ending is reported up to 1 s late',
  };
}

/** Whether a new link in a folder wakes a watcher of that folder. An ending is announced by such a link. */
export async function isNotified({ folder }: Pick<TestBed, 'folder'>): Promise<boolean> {
  const watched = join(folder, 'watched');
  mkdirSync(watched);
  writeFileSync(join(folder, 'announcement'), '');
  return new Promise((resolve) => {
    const done = (heard: boolean): void => {
      clearTimeout(timer);
      watcher?.close();
      resolve(heard);
    };
    const timer = setTimeout(() => done(false), 1_000);
    const watcher = watchOf(watched, done);
    if (watcher !== undefined) linkSync(join(folder, 'announcement'), join(watched, 'announced'));
  });
}

function watchOf(folder: string, done: (heard: boolean) => void): ReturnType<typeof watch> | undefined {
  try {
    return watch(folder, () => done(true)).on('error', () => done(false));
  } catch {
    setImmediate(() => done(false));
    return undefined;
  }
}
