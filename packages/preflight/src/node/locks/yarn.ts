import {
  type DependencyKind,
  dependenciesIn,
  type LockedDependency,
  type LockedPackage,
  type LockGraph,
  type Manifest,
  plainVersion,
} from './lock-graph.ts';

/** Whether a yarn.lock was written by Yarn 2 or later, which has another form. Pure. */
export function isModernYarn(lock: string): boolean {
  return /^__metadata:/m.test(lock);
}

interface Entry {
  readonly version?: string;
  readonly resolution?: string;
  readonly conditions?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly dependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/**
 * What a yarn.lock of Yarn 2 or later says. It does not tell development dependencies from others, so the kinds come from outside. Pure.
 * @param document its text, read as YAML
 * @param manifestOf the package.json of one of the project's own folders
 * @param settings .yarnrc.yml, read as YAML: it has the ranges that `catalog:` and `catalog:old` stand for
 */
export function yarnGraph(
  document: unknown,
  manifestOf: (folder: string) => Manifest,
  settings?: unknown,
): LockGraph | undefined {
  if (typeof document !== 'object' || document === null) return undefined;
  const { __metadata, ...blocks } = document as Record<string, Entry>;
  const keys = new Map(
    Object.entries(blocks).flatMap(([key, entry]) => key.split(', ').map((one) => [one, entry] as const)),
  );
  const byName = new Map<string, string[]>();
  for (const [key, entry] of Object.entries(blocks)) {
    const [first = ''] = key.split(', ');
    if (workspaceIn(entry) === undefined) byName.set(nameIn(first), [...(byName.get(nameIn(first)) ?? []), first]);
  }
  // `resolutions` of package.json lock another range than the one that is asked for: { "is-odd/is-number": "6.0.0" }.
  const resolutions = Object.entries(Object(manifestOf('.').resolutions) as Record<string, unknown>);
  const resolutionOf = (name: string): string | undefined => {
    const ranges = resolutions
      .filter(([path]) => path === name || path.endsWith(`/${name}`))
      .map(([, range]) => `${range}`);
    const [only, ...others] = ranges
      .flatMap((range) => [`${name}@${range}`, `${name}@npm:${range}`])
      .filter((one) => keys.has(one));
    return others.length === 0 ? only : undefined;
  };
  const { catalog, catalogs } = Object(settings) as { catalog?: unknown; catalogs?: unknown };
  const rangeOf = (name: string, range: string): string => {
    const [, named] = /^catalog:(.*)$/.exec(range) ?? [];
    if (named === undefined) return range;
    const list: unknown = named === '' ? catalog : Object(catalogs)[named];
    return String(Object(list)[name] ?? range);
  };
  const find = (name: string, written: string): string | undefined => {
    const range = rangeOf(name, written);
    const wanted = [`${name}@${range}`, `${name}@npm:${range}`];
    const key =
      wanted.find((one) => keys.has(one)) ??
      [...(byName.get(name) ?? [])].find((one) => one.startsWith(`${name}@${range}::`));
    const [only, ...others] = byName.get(name) ?? [];
    const found = key ?? (others.length === 0 ? only : resolutionOf(name));
    return found !== undefined && workspaceIn(keys.get(found)) === undefined ? found : undefined;
  };
  const importers = new Map<string, LockedDependency[]>();
  const packages = new Map<string, LockedPackage>();
  for (const [key, entry] of keys) {
    const folder = workspaceIn(entry);
    const kinds = new Map<string, DependencyKind>(
      folder === undefined ? [] : dependenciesIn(manifestOf(folder)).map(([name, , kind]) => [name, kind]),
    );
    const dependencies = Object.entries(Object(entry?.dependencies) as Record<string, string>).map(
      ([name, range]): LockedDependency => {
        const kind = entry.dependenciesMeta?.[name]?.optional === true ? 'optional' : (kinds.get(name) ?? 'required');
        return { name, kind, to: find(name, String(range)) };
      },
    );
    if (folder !== undefined) importers.set(folder, dependencies);
    // node-gyp is added to what is built at installation. The lockfile of Yarn is the only one that has it.
    else
      packages.set(key, {
        name: nameIn(entry?.resolution ?? key),
        version: /@link:|@portal:/.test(key) ? undefined : plainVersion(entry?.version),
        dependencies: dependencies.filter(({ name }) => name !== 'node-gyp'),
        platform: platformIn(entry?.conditions),
      });
  }
  return { importers, packages };
}

/** The folder of an entry that is one of the project's own: `.`, `packages/a`. */
function workspaceIn(entry: Entry | undefined): string | undefined {
  return /@workspace:([^#]*)$/.exec(String(entry?.resolution))?.[1];
}

/** `os=darwin & cpu=arm64`, `(os=linux | os=darwin)` */
function platformIn(conditions: string | undefined): LockedPackage['platform'] {
  if (conditions === undefined) return undefined;
  const of = (key: string): string[] =>
    [...conditions.matchAll(new RegExp(`\\b${key}=(\\w+)`, 'g'))].map(([, one = '']) => one);
  const [os, cpu, libc] = [of('os'), of('cpu'), of('libc')];
  return { ...(os.length > 0 && { os }), ...(cpu.length > 0 && { cpu }), ...(libc.length > 0 && { libc }) };
}

function nameIn(descriptor: string): string {
  return descriptor.slice(0, descriptor.indexOf('@', 1));
}
