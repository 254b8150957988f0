import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { filesOfRepository, type RepositoryFile } from './repository.ts';

// How the source of a package is arranged: in folders ("rooms") by phase, small enough to be seen at once, that depend on each other
// in one direction. And one name has one meaning.

const MOST_FILES = 14;

/** Type names that exist twice on purpose, each with the reason. */
const TWICE: Readonly<Record<string, string>> = {};

const sources = filesOfRepository(/^(?:packages|apps)\/[^/]+\/src\/.*\.ts$/).filter(
  ({ path }) => !path.endsWith('.test.ts'),
);
const packages = [...new Set(sources.map(({ path }) => path.split('/').slice(0, 2).join('/')))];

test(`no folder has more than ${MOST_FILES} source files`, () => {
  expect(wideFolders(sources)).toEqual([]);
});

test.each(packages)('the folders of %s depend on each other in one direction', (name) => {
  const own = sources.filter(({ path }) => path.startsWith(`${name}/src/`));
  expect(folderCycles(own, `${name}/src`)).toEqual([]);
});

test('no folder imports what its package shows to others', () => {
  expect(sources.filter(importsIndex).map(({ path }) => path)).toEqual([]);
});

test('no type name is exported twice', () => {
  expect(typesTwice(sources).filter((line) => !Object.keys(TWICE).includes(line.split(':')[0] ?? ''))).toEqual([]);
});

test('every type that contributing/naming.md names exists', () => {
  const [page] = filesOfRepository(/^contributing\/naming\.md$/);
  const [, table = ''] = /^## Words of the code$(.*?)^## /ms.exec(page?.text ?? '') ?? [];
  const named = [...table.matchAll(/`([A-Z]\w+)`/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(20);
  const suffixes = ['Record', 'View', 'Options', 'Paths'];
  const types = new Set(sources.flatMap(({ text }) => typesIn(text)));
  expect(named.filter((name) => !types.has(name) && !suffixes.includes(name))).toEqual([]);
});

test('each of these rules finds what breaks it', () => {
  const file = (path: string, text = ''): RepositoryFile => ({ path: `packages/x/src/${path}`, text });
  const many = Array.from({ length: MOST_FILES + 1 }, (_, i) => file(`wide/${i}.ts`));
  expect(wideFolders([...many, file('narrow/1.ts')])).toEqual([`packages/x/src/wide: ${MOST_FILES + 1} files`]);

  const cycle = [
    file('a/one.ts', "import type { Two } from '../b/two.ts';\nimport { root } from '../root.ts';\n"),
    file('b/two.ts', "const { three } = await import('../c/three.ts');\n"),
    file('c/three.ts', "export { one } from '../a/one.ts';\n"),
    file('root.ts', "import { one } from './a/one.ts';\n"),
  ];
  expect(folderCycles(cycle, 'packages/x/src')).toEqual(['a → b → c → a']);
  expect(folderCycles(cycle.slice(0, 2), 'packages/x/src')).toEqual([]);
  expect(importsIndex(file('a/one.ts', "import { all } from '../index.ts';\n"))).toBe(true);
  expect(importsIndex(file('main.ts', "import { all } from './index.ts';\n"))).toBe(false);

  const names = [
    file('a.ts', 'export const State = z.enum([]);\nexport type State = z.infer<typeof State>;\n'),
    file('b.ts', 'export interface State {}\nexport class Only {}\ninterface Own {}\n'),
    file('c.ts', 'interface Own {}\n'),
  ];
  expect(typesTwice(names)).toEqual(['State: packages/x/src/a.ts, packages/x/src/b.ts']);
});

function wideFolders(files: readonly RepositoryFile[]): string[] {
  const folders = grouped(files, ({ path }) => dirname(path));
  return [...folders]
    .filter(([, { length }]) => length > MOST_FILES)
    .map(([folder, { length }]) => `${folder}: ${length} files`);
}

/** The circles in which folders import each other, by types too. Files at the root of `src` belong to no folder. */
function folderCycles(files: readonly RepositoryFile[], root: string): string[] {
  const folderOf = (path: string): string => dirname(path).slice(root.length + 1);
  const needs = new Map<string, Set<string>>();
  for (const { path, text } of files) {
    const from = folderOf(path);
    const others = importsOf(text).map((to) => folderOf(join(dirname(path), to)));
    needs.set(from, new Set([...(needs.get(from) ?? []), ...others.filter((to) => to !== from && to !== '')]));
  }
  needs.delete('');
  const cycles = [...needs.keys()].flatMap((folder) => wayBack(folder, needs));
  return [...new Set(cycles.map((way) => fromItsLeast(way).join(' → ')))];
}

/** A way from a folder through others back to it, if there is one. */
function wayBack(start: string, needs: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const cameFrom = new Map<string, string[]>([[start, [start]]]);
  for (const [folder, way] of cameFrom)
    for (const next of needs.get(folder) ?? []) {
      if (next === start) return [way];
      if (!cameFrom.has(next)) cameFrom.set(next, [...way, next]);
    }
  return [];
}

/** The same circle whichever of its folders it was found from. */
function fromItsLeast(way: readonly string[]): string[] {
  const i = way.indexOf([...way].sort()[0] ?? '');
  return [...way.slice(i), ...way.slice(0, i + 1)];
}

/** True for a file in a folder of `src` that imports an `index.ts`. */
function importsIndex({ path, text }: RepositoryFile): boolean {
  return !dirname(path).endsWith('/src') && importsOf(text).some((to) => /^(?:\.\.?\/)*index\.ts$/.test(to));
}

/** What a file imports from its own package, statically, lazily or as a type. */
function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:\bfrom|\bimport\(|\bimport)\s*'(\.[^']+)'/g)].map(([, to = '']) => to);
}

/** The names of the types that a file exports where they are made. */
function typesIn(text: string): string[] {
  return [...text.matchAll(/^export (?:abstract )?(?:interface|type|class|enum) (\w+)/gm)].map(([, name = '']) => name);
}

/** A schema and its type share a name in one file: they are one. */
function typesTwice(files: readonly RepositoryFile[]): string[] {
  const named = files.flatMap(({ path, text }) => typesIn(text).map((name) => ({ name, path })));
  const byName = grouped(named, ({ name }) => name);
  return [...byName]
    .map(([name, uses]) => ({ name, paths: [...new Set(uses.map(({ path }) => path))] }))
    .filter(({ paths }) => paths.length > 1)
    .map(({ name, paths }) => `${name}: ${paths.join(', ')}`);
}

/** `Map.groupBy`, which Node 20 lacks. */
function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
