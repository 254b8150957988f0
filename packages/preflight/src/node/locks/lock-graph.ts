/** Why a package needs another one. `peer`: the one that needs it does not bring it. */
export type DependencyKind = 'required' | 'dev' | 'optional' | 'peer';

/** One name that a package or a workspace member imports. */
export interface LockedDependency {
  /** The name to import, which an alias makes another than that of the package. */
  readonly name: string;
  /** The key of the package. Without it the dependency is a link, or its version is not locked: only its presence counts. */
  readonly to?: string | undefined;
  readonly kind: DependencyKind;
}

/** The machines that a package is for, as in its package.json: `["darwin"]`, `["!win32"]`. */
export interface SupportedPlatforms {
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

export interface LockedPackage {
  /** Its own name, which is not that of an alias. */
  readonly name: string;
  /** Absent where the lockfile has no version that package.json would have, as for a folder or a git commit. */
  readonly version?: string | undefined;
  readonly dependencies: readonly LockedDependency[];
  readonly platform?: SupportedPlatforms | undefined;
}

/** What a lockfile says, whichever manager wrote it: what each folder of the project imports, and what that imports. */
export interface LockGraph {
  /** The project's own folders, relative to the lockfile; its own folder is `.`. */
  readonly importers: ReadonlyMap<string, readonly LockedDependency[]>;
  readonly packages: ReadonlyMap<string, LockedPackage>;
}

/** The part of a package.json that says what is needed. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly resolutions?: unknown;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** The dependencies of a package.json: name, range and kind. One that is listed twice is optional before it is required or dev. Pure. */
export function dependenciesIn(manifest: Manifest): (readonly [name: string, range: string, kind: DependencyKind])[] {
  const of = (list: unknown, kind: DependencyKind) =>
    Object.entries(Object(list) as Record<string, unknown>).map(
      ([name, range]) => [name, [String(range), kind]] as const,
    );
  const all = new Map([
    ...of(manifest.devDependencies, 'dev'),
    ...of(manifest.dependencies, 'required'),
    ...of(manifest.optionalDependencies, 'optional'),
  ]);
  return [...all].map(([name, [range, kind]]) => [name, range, kind] as const);
}

/** The version, if package.json would have the same: not a path, an address or a commit. Pure. */
export function plainVersion(text: string | undefined): string | undefined {
  return /^\d+\.\d+\.\d+[\w.+-]*$/.test(text ?? '') && text !== '0.0.0-use.local' ? text : undefined;
}
