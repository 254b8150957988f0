import type { CauseFamily, Exit, LikelyCause } from './cause.ts';
import { modules } from './modules.ts';
import { network } from './network.ts';
import { isCodeError, isOver, isQuoted } from './non-cause.ts';
import { programs } from './programs.ts';
import { KERNEL_KILLED, resources } from './resources.ts';

export type { Exit, LikelyCause } from './cause.ts';

/** In this order: what is told of a module or a library is more exact than what is told of a file. */
const FAMILIES: readonly CauseFamily[] = [modules, network, resources, programs];
const MOST_CHARACTERS = 4_000;

// Why: contributing/decisions/2026-11-29-causes-with-a-name.md
/**
 * Guesses from the last lines of a log whether a run failed because of its environment, and of what. The last line that tells a cause
 * decides, because errors above it may have been caught. An error of the code below it, or a word that it works again, means that there
 * is none. Pure. It is a guess: the check that it names finds out.
 * @param tail the end of the log as a terminal shows it
 * @returns undefined if nothing points to the environment
 */
export function likelyCause(tail: string, exit: Exit): LikelyCause | undefined {
  for (const whole of tail.split('\n').toReversed()) {
    const line = whole.slice(0, MOST_CHARACTERS).trimEnd();
    if (isQuoted(line)) continue;
    const cause = isOver(line) ? undefined : causeIn(line, exit);
    if (cause !== undefined) return cause;
    if (isOver(line) || isCodeError(line)) break;
  }
  return exit.reason === 'oom-killed' ? { why: KERNEL_KILLED } : undefined;
}

function causeIn(line: string, exit: Exit): LikelyCause | undefined {
  if (isCodeError(line)) return undefined;
  for (const family of FAMILIES) {
    const cause = family(line, exit);
    if (cause !== undefined) return cause;
  }
  return undefined;
}
