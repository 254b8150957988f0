import { linkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSameFile } from '@pm/protocol/fs';
import type { DoctorCheck, DoctorFinding } from './doctor-answer.ts';
import type { TestBed } from './test-bed.ts';

export const LINKS: DoctorCheck = { check: 'links', what: 'one of two racing starts wins' };

/** Promise 1: link(2) decides races, and is whole or not at all. Without it nothing here would hold. */
export function links({ folder }: Pick<TestBed, 'folder'>): DoctorFinding {
  const [one, other, taken] = ['one', 'other', 'taken'].map((name) => join(folder, name)) as [string, string, string];
  for (const file of [one, other]) writeFileSync(file, '');
  try {
    linkSync(one, taken);
  } catch (error) {
    return refuted(`hard links are refused (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    linkSync(other, taken);
    return refuted('a hard link replaced a name that was taken');
  } catch {
    if (!isSameFile(one, taken)) return refuted('a hard link is no second name of the same file');
  }
  return { ...LINKS, result: 'pass', fact: 'hard links work, and do not replace' };
}

function refuted(fact: string): DoctorFinding {
  return { ...LINKS, result: 'fail', fact, remedy: 'put the directory on another file system: PM_DIR or --dir' };
}
