import {
  dependenciesIn,
  type LockedDependency,
  type LockedPackage,
  type LockGraph,
  type Manifest,
  plainVersion,
} from './lock-graph.ts';

interface Described extends Manifest {
  readonly os?: string | readonly string[];
  readonly cpu?: string | readonly string[];
  readonly libc?: string | readonly string[];
}

/**
 * What bun.lock says. Its keys are paths of names (`is-even/is-odd`), and a package imports the nearest one above itself. Pure.
 * @returns undefined if it cannot be read
 */
export function bunGraph(lock: string): LockGraph | undefined {
  let parsed: { packages?: Record<string, unknown[]>; workspaces?: Record<string, Manifest> };
  try {
    parsed = Object(JSON.parse(lock.replace(/,(?=\s*[}\]])/g, ''))); // JSON with trailing commas
  } catch {
    return undefined;
  }
  const entries = new Map(Object.entries(Object(parsed.packages) as Record<string, unknown[]>));
  const needs = (path: string, manifest: Manifest): LockedDependency[] =>
    dependenciesIn(manifest).flatMap(([name, , kind]) => {
      const key = nearest(path, name, entries);
      if (key === undefined) return kind === 'optional' ? [] : [{ name, kind }];
      return [{ name, kind, ...(/@(?:workspace|link):/.test(specOf(entries, key)) ? {} : { to: key }) }];
    });
  const importers = Object.entries(Object(parsed.workspaces) as Record<string, Manifest>).map(
    ([folder, manifest]) =>
      [folder === '' ? '.' : folder, needs(folder === '' ? '' : (manifest.name ?? ''), manifest)] as const,
  );
  const packages = [...entries.keys()].map((key): [string, LockedPackage] => {
    const spec = specOf(entries, key);
    const described = Object(entries.get(key)?.find((one) => typeof one === 'object')) as Described;
    const at = spec.indexOf('@', 1);
    return [
      key,
      {
        name: spec.slice(0, at),
        version: plainVersion(spec.slice(at + 1)),
        dependencies: needs(key, described).filter(({ kind }) => kind !== 'dev'),
        platform: platformOf(described),
      },
    ];
  });
  return { importers: new Map(importers), packages: new Map(packages) };
}

function specOf(entries: ReadonlyMap<string, unknown[]>, key: string): string {
  return String(entries.get(key)?.[0]);
}

function nearest(path: string, name: string, entries: ReadonlyMap<string, unknown>): string | undefined {
  for (let at = path; at !== ''; at = at.replace(/(?:^|\/)(?:@[^/]+\/)?[^/]+$/, ''))
    if (entries.has(`${at}/${name}`)) return `${at}/${name}`;
  return entries.has(name) ? name : undefined;
}

function platformOf({ os, cpu, libc }: Described): LockedPackage['platform'] {
  const list = (one: string | readonly string[] | undefined) =>
    one === undefined || one === 'none' ? undefined : [one].flat();
  const [systems, processors, libraries] = [list(os), list(cpu), list(libc)];
  if (systems === undefined && processors === undefined && libraries === undefined) return undefined;
  return {
    ...(systems && { os: systems }),
    ...(processors && { cpu: processors }),
    ...(libraries && { libc: libraries }),
  };
}
