import { join } from 'node:path';
import { satisfies, validRange } from 'semver';
import type { Comparison } from './compare.ts';
import { type Installed, type InstalledManifest, readManifest } from './installed.ts';
import { dependenciesIn, type LockGraph } from './locks/lock-graph.ts';
import { isPackaged, type Mismatch } from './walk.ts';

export interface AskedProject {
  readonly graph: LockGraph;
  /** The folder of the lockfile, with its links resolved. */
  readonly root: string;
  readonly installed: Installed;
  readonly folder: string;
  readonly lockText: string;
}

/**
 * What package.json names and is not there: the lockfile lacks it, or has a version that package.json no longer allows. A package that the
 * project overrides may have any version.
 */
export function unlockedIn(
  { graph, root, installed, folder, lockText }: AskedProject,
  { leftOut, withoutDev, mismatches }: Comparison,
): Mismatch[] {
  const overrides = overridesIn(readManifest(folder), lockText);
  const isKnown = (name: string): boolean => mismatches.some((one) => one.name === name);
  return [...graph.importers].flatMap(([importer, needs]) => {
    if (leftOut.includes(importer)) return [];
    const locked = new Set(needs.map(({ name }) => name));
    return dependenciesIn(readManifest(join(folder, importer)) ?? {})
      .filter(([, , kind]) => kind === 'required' || (kind === 'dev' && !withoutDev.includes(importer)))
      .flatMap(([name, range]): Mismatch[] => {
        const place = installed.find(name, join(root, importer));
        if (place === undefined) return locked.has(name) ? [] : [{ name, version: range, importer }];
        const { version } = installed.manifest(place) ?? {};
        const isFree = overrides.includes(name) || isKnown(name) || !isPackaged(place);
        if (isFree || version === undefined || validRange(range) === null) return [];
        return satisfies(version, range, { includePrerelease: true, loose: true })
          ? []
          : [{ name, version: range, found: version, importer }];
      });
  });
}

/** The text of all overrides: those of package.json, and those that pnpm repeats in its lockfile. */
function overridesIn({ overrides, resolutions, pnpm }: InstalledManifest = {}, lockText: string): string {
  const [ofPnpm = ''] = /^overrides:\n(?: .*\n)+/m.exec(lockText) ?? [];
  return JSON.stringify([overrides, resolutions, Object(pnpm).overrides, ofPnpm]);
}
