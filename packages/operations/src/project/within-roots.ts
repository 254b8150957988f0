import { realpathSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { PmError } from '@pm/protocol';
import type { Config } from '../config/config.ts';
import type { ReadConfig } from '../config/read-config.ts';

/** The most that models may ask for, from `bounds` of pm.config.json. No input can raise it. */
export interface Bounds extends ReadConfig {
  /** Folders, links resolved, in which commands may run and directories of runs may be. */
  readonly roots: readonly string[];
  readonly concurrentRuns: number;
  readonly startsPerMinute: number;
  readonly timeoutMs?: number | undefined;
  readonly logCapBytes?: number | undefined;
  /** The file that sets the bounds, or could set them if it existed, for messages. */
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
    `Use a path inside of them, or ask the user to add it to bounds.roots in ${bounds.file}${isThere(bounds) ? '' : ', which does not exist yet'}.`,
  );
}

/** Where a bound comes from: `by the bounds of FILE`, or by default. No file is named as its source if it does not set this bound. */
export function originOfBound(bounds: Bounds, name: keyof NonNullable<Config['bounds']>): string {
  const { config, file } = bounds;
  if (config?.bounds?.[name] !== undefined) return `by the bounds of ${file}`;
  return isThere(bounds)
    ? `by default: bounds.${name} is not set in ${file}`
    : `by default: there is no ${file}, where bounds.${name} could set it`;
}

/** Whether there is a configuration, even one that cannot be read. */
function isThere({ config, fault }: Bounds): boolean {
  return config !== undefined || fault !== undefined;
}

/** True if the path is inside of one of the roots. */
export function isWithinRoots(place: string, { roots }: Pick<Bounds, 'roots'>): boolean {
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
