import {
  type MarkerEnvironment,
  normalizedName,
  type PackageSet,
  type WantedPackage,
  type WantedPackages,
} from './installed-package.ts';
import { evaluateMarker } from './marker.ts';

/** What a Pipfile.lock names: its packages, and those for development. Pure. */
export function wantedByPipenv(lock: unknown, environment: MarkerEnvironment): WantedPackages {
  const { default: main, develop } = Object(lock) as Readonly<Record<string, unknown>>;
  const packagesOf = (entries: unknown): WantedPackage[] =>
    Object.entries(Object(entries)).flatMap(([name, entry]) => {
      const { version, markers } = Object(entry) as { version?: unknown; markers?: unknown };
      if (typeof markers === 'string' && evaluateMarker(markers, environment) !== true) return [];
      return [
        { name: normalizedName(name), ...(typeof version === 'string' && /^==/.test(version) && { range: version }) },
      ];
    });
  return {
    main: [{ kind: 'main', name: '', packages: packagesOf(main), direct: [] }],
    groups: [{ kind: 'default', name: 'dev', packages: packagesOf(develop), direct: [] }],
  };
}

/** What a pylock.toml names (PEP 751), as its TOML. What depends on an extra or a group cannot be told, and is left out. Pure. */
export function wantedByPylock(
  lock: { readonly packages?: unknown },
  environment: MarkerEnvironment,
): WantedPackages | undefined {
  if (!Array.isArray(lock.packages)) return undefined;
  const packages = lock.packages.flatMap((entry): WantedPackage[] => {
    const { name, version, marker, directory } = Object(entry) as Readonly<Record<string, unknown>>;
    if (typeof name !== 'string') return [];
    if (typeof marker === 'string' && evaluateMarker(marker, environment) !== true) return [];
    const isLocal = typeof version !== 'string' || directory !== undefined;
    return [{ name: normalizedName(name), ...(!isLocal && { range: `==${version}` }) }];
  });
  return { main: [mainOf(packages)], groups: [] };
}

/** A list without groups. */
export function mainOf(packages: readonly WantedPackage[]): PackageSet {
  return { kind: 'main', name: '', packages, direct: packages.map(({ name }) => name) };
}
