import {
  type DependencyKind,
  dependenciesIn,
  type LockedDependency,
  type LockGraph,
  type Manifest,
  plainVersion,
} from './lock-graph.ts';

interface Entry extends Manifest {
  readonly link?: boolean;
  readonly resolved?: string;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

/** An entry of the first lockfile version (npm 6), which nests the packages and has no paths. */
interface NestedEntry {
  readonly version?: string;
  readonly optional?: boolean;
  readonly requires?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, NestedEntry>>;
}

/**
 * What package-lock.json says. Its keys are paths, and a package imports the nearest one above itself, as Node.js does. Pure.
 * @param manifest the package.json beside it; only a lockfile of npm 6 needs it
 * @returns undefined if it cannot be read
 */
export function npmGraph(lock: string, manifest: Manifest = {}): LockGraph | undefined {
  const entries = entriesOf(lock, manifest);
  if (entries === undefined) return undefined;
  const importers = new Map<string, LockedDependency[]>();
  const packages = new Map<string, LockGraph['packages'] extends ReadonlyMap<string, infer T> ? T : never>();
  for (const [folder, entry] of entries) {
    if (entry.link === true) continue;
    const dependencies = dependenciesOf(folder, entry, entries);
    if (!isInstalled(folder)) {
      importers.set(folder === '' ? '.' : folder, dependencies);
      continue;
    }
    const { os, cpu, libc } = entry;
    packages.set(folder, {
      name: entry.name ?? nameOf(folder),
      version: plainVersion(entry.version),
      dependencies: dependencies.filter(({ kind }) => kind !== 'dev'),
      ...(os || cpu || libc ? { platform: { ...(os && { os }), ...(cpu && { cpu }), ...(libc && { libc }) } } : {}),
    });
  }
  return { importers, packages };
}

/** The `name@version` of each package, and the folders of the members, in npm's own record of what it installed. Pure. */
export function npmRecord(
  record: string,
): { readonly packages: Set<string>; readonly importers: Set<string> } | undefined {
  const entries = entriesOf(record, {});
  if (entries === undefined) return undefined;
  const packages = new Set<string>();
  const importers = new Set<string>();
  for (const [folder, { name, version, link }] of entries) {
    if (!isInstalled(folder)) importers.add(folder);
    else if (link !== true) packages.add(`${name ?? nameOf(folder)}@${version}`);
  }
  return { packages, importers };
}

function dependenciesOf(folder: string, entry: Entry, entries: ReadonlyMap<string, Entry>): LockedDependency[] {
  const optionalPeers = Object(entry.peerDependenciesMeta) as Record<string, { optional?: boolean } | undefined>;
  const peers = Object.keys(Object(entry.peerDependencies))
    .filter((name) => optionalPeers[name]?.optional !== true)
    .map((name) => [name, '', 'peer' as DependencyKind] as const);
  return [...peers, ...dependenciesIn(entry)].flatMap(([name, , kind]) => {
    const to = nearest(folder, name, entries);
    // What is not in the lockfile was left out of it: an optional peer, or what is bundled with the package.
    if (to === undefined) return [];
    return [{ name, kind, ...(entries.get(to)?.link === true ? {} : { to }) }];
  });
}

function nearest(folder: string, name: string, entries: ReadonlyMap<string, Entry>): string | undefined {
  for (let at = folder; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (entries.has(path)) return path;
    if (at === '') return undefined;
  }
}

function entriesOf(text: string, manifest: Manifest): Map<string, Entry> | undefined {
  try {
    const { packages, dependencies } = Object(JSON.parse(text)) as {
      packages?: Record<string, Entry | null>;
      dependencies?: Record<string, NestedEntry>;
    };
    if (packages === undefined && dependencies !== undefined)
      return new Map([['', manifest], ...flattened('', dependencies)]);
    if (typeof packages !== 'object' || packages === null) return undefined;
    return new Map(Object.entries(packages).flatMap(([folder, entry]) => (entry === null ? [] : [[folder, entry]])));
  } catch {
    return undefined;
  }
}

function flattened(folder: string, list: Readonly<Record<string, NestedEntry>>): [string, Entry][] {
  return Object.entries(list).flatMap(([name, { version = '', requires, dependencies }]) => {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    // Only what is there is compared: the first version does not say which of the required ones are optional.
    const own: Entry = { version: version.replace(/^npm:.*@/, ''), optionalDependencies: Object(requires) };
    return [[path, own], ...flattened(path, Object(dependencies))];
  });
}

function isInstalled(folder: string): boolean {
  return /(?:^|\/)node_modules\//.test(folder);
}

function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
