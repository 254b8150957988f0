import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';

/** What a child gets in the place of the descriptors that we inherited from our caller. */
export interface Replacements {
  /** For the descriptors from 3 on, to be appended to the `stdio` of a spawn. */
  readonly stdio: readonly ('ignore' | number)[];
  /** To be called after the spawn. */
  readonly close: () => void;
}

const CLOSE_ON_EXEC = 0o2000000;
const HIGHEST = 1_023;

/**
 * Replaces the open files that our caller has left us, such as the lock of `flock -n 200`, by /dev/null for a child that
 * outlives us: it would hold them for as long as it lives. Node closes only its own. Linux only; elsewhere nothing is replaced.
 */
export function replaceInherited(): Replacements {
  const inherited = inheritedDescriptors();
  if (inherited.length === 0) return { stdio: [], close: () => {} };
  const nothing = openSync('/dev/null', 'r+');
  const stdio = Array.from({ length: Math.max(...inherited) - 2 }, (_, i) =>
    inherited.includes(i + 3) ? nothing : 'ignore',
  );
  return { stdio: stdio as ('ignore' | number)[], close: () => closeSync(nothing) };
}

function inheritedDescriptors(): number[] {
  try {
    return readdirSync('/proc/self/fd')
      .map(Number)
      .filter((fd) => fd > 2 && fd <= HIGHEST && isInheritable(fd));
  } catch {
    return [];
  }
}

function isInheritable(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false; // the descriptor of the reading itself
  }
}
