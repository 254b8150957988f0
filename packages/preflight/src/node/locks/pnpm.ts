import {
  type DependencyKind,
  type LockedDependency,
  type LockedPackage,
  type LockGraph,
  plainVersion,
  type SupportedPlatforms,
} from './lock-graph.ts';

type List = Readonly<Record<string, string | { readonly version?: string }>>;
interface Lists {
  readonly dependencies?: List;
  readonly devDependencies?: List;
  readonly optionalDependencies?: List;
}
interface Entry extends Lists, SupportedPlatforms {
  readonly name?: string;
  readonly version?: string;
}

/** What pnpm-lock.yaml or pnpm's record says, lockfile versions 5 to 9. Pure. @param document its text, read as YAML */
export function pnpmGraph(document: unknown): LockGraph | undefined {
  if (typeof document !== 'object' || document === null) return undefined;
  const { importers, packages, snapshots } = document as Record<string, Record<string, Entry> | undefined>;
  const described = new Map(Object.entries(Object(packages) as Record<string, Entry>));
  // From version 9 on, `packages` describes them and `snapshots` says what each imports.
  const entries = new Map(Object.entries(Object(snapshots ?? packages) as Record<string, Entry | null>));
  const of = (lists: Entry): LockedDependency[] => [
    ...listed(lists.devDependencies, 'dev', entries),
    ...listed(lists.dependencies, 'required', entries),
    ...listed(lists.optionalDependencies, 'optional', entries),
  ];
  const own = importers ?? { '.': document as Entry };
  return {
    importers: new Map(Object.entries(own).map(([folder, lists]) => [folder, of(Object(lists))])),
    packages: new Map(
      [...entries].map(([key, entry]): [string, LockedPackage] => {
        const bare = key.replace(/\(.*$/s, '');
        const {
          name = nameIn(bare),
          version = versionIn(bare),
          os,
          cpu,
          libc,
        } = Object(described.get(bare) ?? described.get(key)) as Entry;
        const platform =
          os || cpu || libc ? { ...(os && { os }), ...(cpu && { cpu }), ...(libc && { libc }) } : undefined;
        const dependencies = of(Object(entry)).filter(({ kind }) => kind !== 'dev');
        return [key, { name, version: plainVersion(version), dependencies, platform }];
      }),
    ),
  };
}

function listed(
  list: List | undefined,
  kind: DependencyKind,
  entries: ReadonlyMap<string, unknown>,
): LockedDependency[] {
  return Object.entries(Object(list) as List).flatMap(([name, entry]) => {
    const version = String(typeof entry === 'object' ? entry?.version : entry);
    if (version.startsWith('runtime:')) return []; // a Node.js that pnpm brings
    const keys = [version, `${name}@${version}`, `/${name}@${version}`, `/${name}/${version}`];
    return [{ name, kind, to: keys.find((key) => entries.has(key)) }];
  });
}

/** `/ms/2.1.3_react@18.0.0` of version 5, `/ms@2.1.3` of version 6, `ms@2.1.3` of version 9. */
const KEY = /^\/?((?:@[^/@]+\/)?[^/@]+)[/@](.+)$/;

function nameIn(key: string): string {
  return KEY.exec(key)?.[1] ?? key;
}

function versionIn(key: string): string | undefined {
  return key.startsWith('/') ? KEY.exec(key)?.[2]?.replace(/_.*$/, '') : KEY.exec(key)?.[2];
}
