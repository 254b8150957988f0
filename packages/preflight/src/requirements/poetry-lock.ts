import { type MarkerEnvironment, normalizedName, type PackageSet, type WantedPackages } from './installed-package.ts';
import { evaluateMarker } from './marker.ts';

interface Entry {
  readonly name: string;
  readonly version?: string;
  readonly optional?: boolean;
  /** Poetry 2 and pdm. */
  readonly groups?: readonly string[];
  /** Poetry 2: one for all groups, or one for each. */
  readonly markers?: string | Readonly<Record<string, string>>;
  /** pdm. */
  readonly marker?: string;
  /** A folder or a repository. */
  readonly source?: { readonly type?: string };
  readonly dependencies?: Readonly<Record<string, unknown>>;
}

/** A poetry.lock or pdm.lock, as its TOML. Whatever is in it. */
export interface PoetryLock {
  readonly package?: unknown;
}

/**
 * What `poetry install` or `pdm sync` installs for this interpreter. Optional packages are left out: they belong to extras. Pure.
 * @param direct the names in the main dependencies of pyproject.toml: Poetry before 2 writes no groups, so its lock is followed from these
 * @returns undefined if there is nothing that can be read
 */
export function wantedByPoetry(
  lock: PoetryLock,
  environment: MarkerEnvironment,
  direct: readonly string[] = [],
): WantedPackages | undefined {
  if (!Array.isArray(lock.package)) return undefined;
  const entries = lock.package.filter(isEntry).filter(({ optional }) => optional !== true);
  const followed = reachedFrom(direct, entries);
  const groupsOf = (entry: Entry): readonly string[] => entry.groups ?? groupsByReach(entry, followed);
  const names = new Set(entries.flatMap(groupsOf).map((group) => (group === 'default' ? 'main' : group)));
  const setOf = (group: string): PackageSet => ({
    kind: group === 'main' ? 'main' : group === UNKNOWN ? 'extra' : 'default',
    name: group,
    packages: entries
      .filter((entry) => groupsOf(entry).some((one) => one === group || (one === 'default' && group === 'main')))
      .filter((entry) => isForHere(entry, group, environment))
      .map(wantedOf),
    direct: [],
  });
  const groups = [...names].filter((name) => name !== 'main').map(setOf);
  return { main: [setOf('main')], groups };
}

function isEntry(one: unknown): one is Entry {
  return typeof (one as Entry | null)?.name === 'string';
}

function isForHere({ markers, marker }: Entry, group: string, environment: MarkerEnvironment): boolean {
  const written = marker ?? (typeof markers === 'object' ? markers[group] : markers);
  return written === undefined || evaluateMarker(written, environment) === true;
}

function wantedOf({ name, version, source }: Entry): { name: string; range?: string } {
  const isLocal = source?.type === 'directory' || version === undefined;
  return { name: normalizedName(name), ...(!isLocal && { range: `==${version}` }) };
}

/** What is not needed for sure may be for development, or for another platform. */
const UNKNOWN = '';

function groupsByReach({ name }: Entry, followed: ReadonlySet<string>): string[] {
  return [followed.has(normalizedName(name)) ? 'main' : UNKNOWN];
}

/** What is needed for sure: dependencies with a marker are not followed, because they may be for another platform. */
function reachedFrom(direct: readonly string[], entries: readonly Entry[]): Set<string> {
  const reached = new Set(direct.map(normalizedName));
  for (const name of reached) {
    const { dependencies = {} } = entries.find((entry) => normalizedName(entry.name) === name) ?? {};
    for (const [needed, how] of Object.entries(dependencies)) if (isPlain(how)) reached.add(normalizedName(needed));
  }
  return reached;
}

function isPlain(how: unknown): boolean {
  if (typeof how === 'string') return true;
  const { markers, optional, python } = Object(how) as Record<string, unknown>;
  return !Array.isArray(how) && markers === undefined && optional !== true && python === undefined;
}
