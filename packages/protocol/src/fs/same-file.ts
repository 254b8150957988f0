import { statOf } from './stat-of.ts';

/** True if both names lead to the same file, as a flat name and its run's own do; false if either is not there. */
export function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map(statOf);
  return a !== undefined && a.ino === b?.ino && a.dev === b.dev;
}
