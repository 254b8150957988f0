import { realpathSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { PmError } from '@pm/protocol';
import type { ReadConfig } from '../config/read-config.ts';

/** The most that models may ask for, from `bounds` of pm.config.json. No input can raise it. */
export interface Bounds extends ReadConfig {
  /** Folders, links resolved, in which commands may run and directories of runs may be. */
  readonly roots: readonly string[];
  readonly concurrentRuns: number;
  readonly startsPerMinute: number;
  readonly timeoutMs?: number | undefined;
  readonly logCapBytes?: number | undefined;
  /** The file that sets the bounds, for messages. */
  readonly file: string;
}

/**
 * Returns a path that a caller has named if it is inside of one of the roots. Links are followed first; for a path that does not exist
 * yet, the nearest existing folder counts.
 * @throws PmError `out-of-bounds`
 */
export function withinRoots(place: string, bounds: Bounds | undefined): string {
  if (bounds === undefined || isWithinRoots(place, bounds)) return place;
  throw new PmError(
    'out-of-bounds',
    `${place} is outside of the allowed folders: ${bounds.roots.join(', ')}.`,
    `Use a path inside of them, or ask the user to add it to bounds.roots in ${bounds.file}.`,
  );
}

/** True if the path is inside of one of the roots. */
export function isWithinRoots(place: string, { roots }: Bounds): boolean {
  const real = realPlace(place);
  return roots.some((root) => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep));
}

/** The path with its links resolved, as far as it exists. */
export function realPlace(place: string): string {
  try {
    return realpathSync(place);
  } catch {
    const parent = dirname(place);
    return parent === place ? place : resolve(realPlace(parent), place.slice(parent.length).replace(/^[/\\]/, ''));
  }
}
