import {
  type MarkerEnvironment,
  normalizedName,
  type PackageSet,
  type WantedPackage,
  type WantedPackages,
} from './installed-package.ts';
import { evaluateMarker } from './marker.ts';

interface Dependency {
  readonly name: string;
  readonly version?: string;
  readonly marker?: string;
  readonly extra?: readonly string[];
}

interface Entry {
  readonly name: string;
  readonly version?: string;
  readonly source?: Readonly<Record<string, unknown>>;
  readonly dependencies?: readonly Dependency[];
  readonly 'resolution-markers'?: readonly string[];
  readonly 'optional-dependencies'?: Readonly<Record<string, readonly Dependency[]>>;
  readonly 'dev-dependencies'?: Readonly<Record<string, readonly Dependency[]>>;
}

/** What a uv.lock says, as its TOML. Whatever is in it. */
export interface UvLock {
  readonly package?: unknown;
  readonly manifest?: { readonly members?: unknown };
}

/**
 * What `uv sync` installs: for each project of the workspace its dependencies, groups and extras, with all that these need for this
 * interpreter. The projects themselves are left out, because `--no-install-project` is common where layers of an image are built. Pure.
 * @param here the folder that is looked from, relative to that of the lock: a project of a workspace there comes first
 * @param defaultGroups `default-groups` of `[tool.uv]`
 * @returns undefined if there is nothing that can be read
 */
export function wantedByUv(
  lock: UvLock,
  environment: MarkerEnvironment,
  {
    here = '',
    defaultGroups = ['dev'],
  }: { readonly here?: string; readonly defaultGroups?: readonly string[] | 'all' } = {},
): WantedPackages | undefined {
  if (!Array.isArray(lock.package)) return undefined;
  const entries = lock.package.filter(isEntry);
  const projects = projectsIn(entries, lock, here);
  const walk = (start: readonly Dependency[]): WantedPackage[] => closureOf(start, entries, environment);
  const setOf = (
    kind: PackageSet['kind'],
    name: string,
    start: readonly Dependency[],
    flag = '--extra',
  ): PackageSet => ({
    kind,
    name,
    packages: walk(start),
    direct: start.map((one) => normalizedName(one.name)),
    flags: kind === 'main' ? [] : [flag, name],
  });
  const main = projects.map(({ name, dependencies = [] }) => setOf('main', name, dependencies));
  const groups = projects.flatMap((project) => [
    ...Object.entries(project['dev-dependencies'] ?? {}).map(([name, start]) =>
      setOf(defaultGroups === 'all' || defaultGroups.includes(name) ? 'default' : 'extra', name, start, '--group'),
    ),
    ...Object.entries(project['optional-dependencies'] ?? {}).map(([name, start]) => setOf('extra', name, start)),
  ]);
  return { main: main.length > 0 ? main : [setOf('main', '', [])], groups };
}

function isEntry(one: unknown): one is Entry {
  return typeof (one as Entry | null)?.name === 'string';
}

/** The project that is looked from, else all of the workspace, the one at its root first. */
function projectsIn(entries: readonly Entry[], { manifest }: UvLock, here: string): Entry[] {
  const members = Array.isArray(manifest?.members) ? manifest.members : [];
  const own = entries.filter((entry) => members.includes(entry.name) || folderOf(entry) === '.');
  const inside = own.find((entry) => folderOf(entry) !== '.' && `${here}/`.startsWith(`${folderOf(entry)}/`));
  if (inside !== undefined) return [inside];
  return own.sort((one, other) => Number(folderOf(other) === '.') - Number(folderOf(one) === '.'));
}

function folderOf({ source = {} }: Entry): string | undefined {
  const folder = source['editable'] ?? source['virtual'] ?? source['directory'];
  return typeof folder === 'string' ? folder : undefined;
}

/** All that these dependencies need, in the order in which it is found. Each package once. */
function closureOf(
  start: readonly Dependency[],
  entries: readonly Entry[],
  environment: MarkerEnvironment,
): WantedPackage[] {
  const wanted = new Map<string, WantedPackage>();
  const seen = new Set<string>();
  const queue = [...start];
  for (const dependency of queue) {
    const key = JSON.stringify([dependency.name, dependency.version, dependency.extra]);
    const { marker } = dependency;
    if (seen.has(key) || (marker !== undefined && evaluateMarker(marker, environment) !== true)) continue;
    seen.add(key);
    const entry = entryOf(dependency, entries, environment);
    if (entry === undefined) continue;
    if (entry.source?.['virtual'] === undefined) {
      const name = normalizedName(entry.name);
      const isLocal = folderOf(entry) !== undefined || entry.version === undefined;
      wanted.set(name, { name, range: isLocal ? undefined : `==${entry.version}` });
    }
    const optional = (dependency.extra ?? []).flatMap((extra) => entry['optional-dependencies']?.[extra] ?? []);
    queue.push(...(entry.dependencies ?? []), ...optional);
  }
  return [...wanted.values()];
}

/** The lock may have a package in several versions, each for other interpreters. */
function entryOf(
  { name, version }: Dependency,
  entries: readonly Entry[],
  environment: MarkerEnvironment,
): Entry | undefined {
  const named = entries.filter((entry) => entry.name === name && (version === undefined || entry.version === version));
  if (named.length < 2) return named[0];
  const fitting = named.filter(({ 'resolution-markers': markers = [] }) =>
    markers.some((marker) => evaluateMarker(marker, environment) === true),
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}
