import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest } from '../installed.ts';

/** A native addon that was compiled on installation. */
export interface Addon {
  /** The name of its package. */
  readonly package: string;
  /** The file that `require` would load. Absolute. */
  readonly file: string;
}

/** The stores in which managers keep the packages that they link. */
const STORES = ['.pnpm', '.store', '.bun'];

/** The addons in a node_modules, those in a store too. Prebuilt ones are not listed: their packages choose among several. */
export function findAddons(nodeModules: string): Addon[] {
  const packages = [
    ...packagesIn(nodeModules),
    ...STORES.flatMap((store) =>
      namesIn(join(nodeModules, store)).flatMap((name) => storedIn(join(nodeModules, store, name))),
    ),
  ];
  return packages.flatMap(([name, folder]) => {
    const built = ['build/Release', 'build/Debug', 'build'].map((one) => join(folder, one)).find(hasAddon);
    if (built === undefined) return packagesWithin(folder);
    return namesIn(built)
      .filter(isAddon)
      .map((file) => ({ package: name, file: join(built, file) }));
  });
}

/** A package that another one has for itself alone. */
function packagesWithin(folder: string): Addon[] {
  const own = join(folder, 'node_modules');
  return existsSync(own) ? findAddons(own) : [];
}

function storedIn(folder: string): [name: string, folder: string][] {
  const own = packagesIn(join(folder, 'node_modules'));
  return existsSync(join(folder, 'package'))
    ? [[readManifest(join(folder, 'package'))?.name ?? 'package', join(folder, 'package')], ...own]
    : own;
}

/** The packages that lie in a node_modules themselves. Links lead to a store, or to a folder of the project. */
function packagesIn(nodeModules: string): [name: string, folder: string][] {
  return namesIn(nodeModules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? namesIn(join(nodeModules, name)).map((one) => `${name}/${one}`) : [name],
    )
    .map((name): [string, string] => [name, join(nodeModules, name)])
    .filter(([, folder]) => lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true);
}

function hasAddon(folder: string): boolean {
  return namesIn(folder).some(isAddon);
}

function isAddon(name: string): boolean {
  return name.endsWith('.node');
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
