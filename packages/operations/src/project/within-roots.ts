import { realpathSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { PmError } from '@pm/protocol';
import type { ReadConfig } from '../config/read-config.ts';

/** What a frontend whose callers are models may ask for at most. From `bounds` of pm.config.json; no input can raise it. */
export interface Bounds extends ReadConfig {
  /** Resolved folders: where commands run, and where directories of runs are. */
  readonly roots: readonly string[];
  readonly concurrentRuns: number;
  readonly startsPerMinute: number;
  readonly timeoutMs?: number | undefined;
  readonly logCapBytes?: number | undefined;
  /** Where it says so, for the sentences that refuse. */
  readonly file: string;
}

/**
 * A place that a caller named, if it is inside of one of the roots; links are followed first, and what is not there yet is judged by
 * the folder that is.
 * @throws PmError `out-of-bounds`
 */
export function withinRoots(place: string, bounds: Bounds | undefined): string {
  if (bounds === undefined || isWithinRoots(place, bounds)) return place;
  throw new PmError(
    'out-of-bounds',
    `${place} is outside of ${bounds.roots.join(', ')}.`,
    `Stay inside, or ask the user to add it to bounds.roots in ${bounds.file}.`,
  );
}

/** The same as a question. */
export function isWithinRoots(place: string, { roots }: Bounds): boolean {
  const real = realPlace(place);
  return roots.some((root) => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep));
}

/** Where a path leads once links are followed, as far as it is there. */
export function realPlace(place: string): string {
  try {
    return realpathSync(place);
  } catch {
    const parent = dirname(place);
    return parent === place ? place : resolve(realPlace(parent), place.slice(parent.length).replace(/^[/\\]/, ''));
  }
}
