import type { InstalledPackages, PackageSet, WantedPackage, WantedPackages } from './installed-package.ts';
import { isAccepted } from './version-match.ts';

/** How what is installed differs from what a lockfile names. */
export interface Drift {
  /** A few words for each package: `ms is 2.0, not 2.1`, `ms is not installed`. */
  readonly differences: readonly string[];
  /** Nothing of it is installed. */
  readonly isBare: boolean;
  /** The environment has no package of the groups that are installed by default, as after `--no-dev`. */
  readonly isWithoutDefault: boolean;
  /** The groups and extras that somebody asked for: all that they name directly is installed, in some version. */
  readonly chosen: readonly PackageSet[];
}

// Why: contributing/decisions/2026-11-29-packages-of-a-lockfile.md
/**
 * Compares what is installed with what is wanted. Pure.
 * - What the project needs to run has to be there, unless the environment has only another group (`uv sync --only-group lint`).
 * - A group that is installed by default may be missing as a whole, as in production. If some of it is installed, all of it has to be.
 * - Of other groups and extras only the versions are compared: a package of one may have come for another reason.
 * - If nothing at all is installed, everything is missing that is installed by default.
 * @param asked names of groups and extras that have to be installed
 */
export function driftOf(wanted: WantedPackages, installed: InstalledPackages, asked: readonly string[] = []): Drift {
  const { groups } = wanted;
  const fits = (one: WantedPackage): boolean => differenceOf(one, installed) === undefined;
  const isComplete = ({ packages }: PackageSet): boolean => packages.length > 0 && packages.every(fits);
  const main = wanted.main.find(isComplete) ?? wanted.main.find(({ packages }) => packages.length > 0) ?? NONE;
  const needed = namesOf([main]);
  const explained = new Set([...needed, ...namesOf(groups.filter(isComplete))]);
  const byDefault = groups.filter(({ kind }) => kind === 'default');
  const isBare = ![main, ...byDefault].some(({ packages }) => packages.some(({ name }) => installed.has(name)));
  const isStarted = (set: PackageSet): boolean =>
    ownOf(set, isComplete(set) ? needed : explained).some(({ name }) => installed.has(name));
  const started = byDefault.filter(isStarted);
  const others = groups.filter(({ kind }) => kind === 'extra');
  const isOther =
    started.length === 0 && others.some(isComplete) && !main.packages.some(({ name }) => installed.has(name));
  const required = [
    ...(isOther ? [] : [main]),
    ...(isBare && !isOther ? byDefault : started),
    ...groups.filter(({ name }) => asked.includes(name)),
  ].flatMap(({ packages }) => packages);
  const everything = [main, ...groups].flatMap(({ packages }) => packages);
  // Extras may exclude each other, each with a version of its own.
  const misfits = others
    .flatMap(({ packages }) => packages)
    .filter(({ name }) => installed.has(name) && !everything.some((one) => one.name === name && fits(one)));
  return {
    differences: [...new Set([...required, ...misfits].flatMap((one) => differenceOf(one, installed) ?? []))],
    isBare: isBare && !isOther,
    isWithoutDefault: !isBare && started.length === 0 && byDefault.some((set) => ownOf(set, needed).length > 0),
    chosen: others.filter((set) => isStarted(set) && set.direct.every((name) => installed.has(name))),
  };
}

const NONE: PackageSet = { kind: 'main', name: '', packages: [], direct: [] };

function namesOf(sets: readonly PackageSet[]): Set<string> {
  return new Set(sets.flatMap(({ packages }) => packages.map(({ name }) => name)));
}

/** What only this set names: its direct packages, if these are known. */
function ownOf({ packages, direct }: PackageSet, known: ReadonlySet<string>): WantedPackage[] {
  return packages.filter(({ name }) => !known.has(name) && (direct.length === 0 || direct.includes(name)));
}

function differenceOf({ name, range }: WantedPackage, installed: InstalledPackages): string | undefined {
  const version = installed.get(name);
  if (version === undefined) return `${name}${range?.startsWith('==') ? ` ${range.slice(2)}` : ''} is not installed`;
  if (version === null || range === undefined || isAccepted(version, range)) return undefined;
  return `${name} is ${version}, not ${range.replace(/^==/, '')}`;
}
