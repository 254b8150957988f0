import { linkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSameFile } from '@pm/protocol/fs';
import type { DoctorCheck, DoctorFinding } from './doctor-answer.ts';
import type { TestBed } from './test-bed.ts';

export const LINKS: DoctorCheck = { check: 'links', what: 'of two starts at once, one wins' };

/** link(2) decides which of two starts wins, and is atomic. All other promises need it. */
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
    if (!isSameFile(one, taken)) return refuted('a hard link is not a second name of the same file');
  }
  return { ...LINKS, result: 'pass', fact: 'hard links work and replace nothing' };
}

function refuted(fact: string): DoctorFinding {
  return { ...LINKS, result: 'fail', fact, remedy: 'put the directory on another file system: PM_DIR or --dir' };
}
