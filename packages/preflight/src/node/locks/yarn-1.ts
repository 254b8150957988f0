import {
  dependenciesIn,
  type LockedDependency,
  type LockedPackage,
  type LockGraph,
  type Manifest,
  plainVersion,
} from './lock-graph.ts';

/**
 * What a yarn.lock of Yarn 1 says. It does not name the project's own folders, so those come from outside. Pure.
 * @param members their package.json by folder; the project's own folder is `.`
 */
export function yarn1Graph(lock: string, members: ReadonlyMap<string, Manifest>): LockGraph {
  const blocks = blocksOf(lock);
  const keys = new Set(blocks.flatMap(({ patterns }) => patterns));
  const byName = new Map<string, string[]>();
  for (const { patterns } of blocks) {
    const [first = ''] = patterns;
    byName.set(nameIn(first), [...(byName.get(nameIn(first)) ?? []), first]);
  }
  const own = new Set([...members.values()].map(({ name }) => name));
  const packages = new Map<string, LockedPackage>();
  const find = (name: string, range: string): string | undefined => {
    if (keys.has(`${name}@${range}`)) return `${name}@${range}`;
    // `resolutions` of package.json lock another range than the one that is asked for.
    const [only, ...others] = byName.get(name) ?? [];
    return others.length === 0 && !own.has(name) ? only : undefined;
  };
  for (const { patterns, text } of blocks) {
    const isLink = !/^ {2}resolved /m.test(text);
    const [, version] = /^ {2}version "?([^"\n]+)"?/m.exec(text) ?? [];
    const dependencies = (['dependencies', 'optionalDependencies'] as const).flatMap((section) =>
      listOf(text, section).map(
        ([name, range]): LockedDependency => ({
          name,
          kind: section === 'dependencies' ? 'required' : 'optional',
          to: find(name, range),
        }),
      ),
    );
    for (const pattern of patterns)
      packages.set(pattern, {
        name: nameIn(pattern),
        version: isLink ? undefined : plainVersion(version),
        dependencies,
      });
  }
  const importers = [...members].map(([folder, manifest]) => {
    const needs = dependenciesIn(manifest).map(([name, range, kind]) => ({ name, kind, to: find(name, range) }));
    return [folder, needs] as const;
  });
  return { importers: new Map(importers), packages };
}

interface Block {
  /** `"ms@^2.0.0, ms@^2.1.0":` has two. */
  readonly patterns: readonly string[];
  readonly text: string;
}

function blocksOf(text: string): Block[] {
  return text
    .replace(/\r\n/g, '\n')
    .split(/\n(?=[^\s#])/)
    .flatMap((block) => {
      const [, head] = /^(?:#.*\n|\n)*([^\s#].*):(?:\n|$)/.exec(block) ?? [];
      return head === undefined
        ? []
        : [{ patterns: head.split(', ').map((one) => one.replace(/^"|"$/g, '')), text: block }];
    });
}

function listOf(text: string, section: string): [name: string, range: string][] {
  const [, block = ''] = new RegExp(`^ {2}${section}:\\n((?: {4}.*\\n?)*)`, 'm').exec(text) ?? [];
  return [...block.matchAll(/^ {4}"?([^"\s]+)"? "?([^"\n]+)"?/gm)].map(([, name = '', range = '']) => [name, range]);
}

/** The name of a pattern: `ms` of `ms@^2.0.0`, and of `@types/node@*` the two parts. */
function nameIn(pattern: string): string {
  return pattern.slice(0, pattern.indexOf('@', 1));
}
