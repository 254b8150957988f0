/** What an interpreter says of itself, by the names that markers use: `python_version`, `sys_platform`. */
export type MarkerEnvironment = Readonly<Record<string, string>>;

/** The packages that an interpreter can import: their version by their normalized name; null if it is not known. */
export type InstalledPackages = ReadonlyMap<string, string | null>;

/** A package that a lockfile or a list of requirements names. */
export interface WantedPackage {
  /** Normalized. */
  readonly name: string;
  /** The versions that will do: `==1.2.3`, `>=2,<3`; all of them if it is absent. */
  readonly range?: string | undefined;
}

/** Packages that are installed together, or not at all. */
export interface PackageSet {
  /** `main`: what the project needs to run. `default`: a group that is installed unless it is excluded. `extra`: what has to be asked for. */
  readonly kind: 'main' | 'default' | 'extra';
  /** The name of the group or the extra; that of the project if it is `main`. */
  readonly name: string;
  readonly packages: readonly WantedPackage[];
  /** The names that the project itself asks for; the others are dependencies of these. */
  readonly direct: readonly string[];
  /** The arguments that install it: `--extra dev`. */
  readonly flags?: readonly string[];
}

/** Everything that a lockfile names. */
export interface WantedPackages {
  /** Several, if a workspace has several projects: it is enough that the packages of one are installed. */
  readonly main: readonly PackageSet[];
  readonly groups: readonly PackageSet[];
}

/** `Foo._-Bar` is `foo-bar` (PEP 503). */
export function normalizedName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
