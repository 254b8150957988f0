import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

// The arrows point down only: apps -> operations -> backends -> engines -> core. `turbo boundaries` holds the imports to the declared
// dependencies, and the tags of turbo.json to everything a package reaches. It has no words for "directly", so an app could
// declare an engine past the operations: that, and a package without a tag, is looked for here.
const MAY_DEPEND_ON: Readonly<Record<string, readonly string[]>> = {
  plugin: ['app', 'testing'],
  app: ['operations', 'testing'],
  operations: ['backend', 'engine', 'core', 'testing'],
  backend: ['engine', 'core', 'testing'],
  engine: ['core', 'testing'],
  core: ['testing'],
  testing: [],
};

interface Package {
  readonly name: string;
  readonly tag: string | undefined;
  readonly needs: readonly string[];
  /** What its users install along with it. */
  readonly ships: readonly string[];
}

const packages = ['packages', 'apps', 'plugins'].flatMap((folder) =>
  readdirSync(new URL(`../${folder}/`, import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => readPackage(`${folder}/${entry.name}`)),
);

test.each(packages)('$name has one tag, that of its place', ({ tag }) => {
  expect(Object.keys(MAY_DEPEND_ON)).toContain(tag);
});

test.each(packages)('$name uses @pm/testing in its tests alone', ({ ships }) => {
  expect(ships).not.toContain('@pm/testing');
});

test.each(packages)('$name depends only on what is below it', ({ tag = '', needs }) => {
  const wrong = packages.filter(
    (other) => needs.includes(other.name) && !MAY_DEPEND_ON[tag]?.includes(other.tag ?? ''),
  );
  expect(wrong.map(({ name }) => name)).toEqual([]);
});

function readPackage(folder: string): Package {
  const { name, dependencies, devDependencies, peerDependencies, peerDependenciesMeta } = read(
    `${folder}/package.json`,
  ) as Record<string, object>;
  const { tags } = read(`${folder}/turbo.json`) as { tags?: string[] };
  // An optional peer is loaded by what an app bundles, if it is there. The app names it, so that a version is installed that fits.
  const isOptional = (other: string): boolean => Object.keys({ ...peerDependenciesMeta }).includes(other);
  const ships = Object.keys({ ...dependencies, ...peerDependencies }).filter((other) => !isOptional(other));
  const needs = [...ships, ...Object.keys({ ...devDependencies })].filter((other) => !isOptional(other));
  return { name: String(name), tag: tags?.length === 1 ? tags[0] : undefined, needs, ships };
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'));
}
