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

// Why: contributing/decisions/2026-11-29-open-files-of-the-caller.md
/**
 * Closes the open files that our caller has left us, such as the lock of `flock -n 200`. A child would hold them for as long as it lives,
 * and Node.js closes only its own. For a program, which knows that nothing in its process needs them. Linux only: elsewhere Node.js
 * passes none of them on. Does nothing in a child of `fork`, which needs its channel.
 */
export function closeInherited(): void {
  if (process.channel != null) return;
  for (const fd of inheritedDescriptors()) closeSync(fd);
  areClosed = true;
}

/** Node.js opens no file that a child would inherit, so nobody has to look again. */
let areClosed = false;

/**
 * Replaces those files by /dev/null, for a child that outlives us. For a library: its caller may need them.
 */
export function replaceInherited(): Replacements {
  const inherited = areClosed ? [] : inheritedDescriptors().filter((fd) => fd <= HIGHEST);
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
      .filter((fd) => fd > 2 && isInheritable(fd));
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
