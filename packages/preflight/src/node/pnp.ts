import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { requiredIn } from './compare.ts';
import { textOf } from './installed.ts';
import { type LockedDependency, type LockGraph, plainVersion } from './locks/lock-graph.ts';
import type { Mismatch } from './walk.ts';

/** A package in the table that replaces node_modules. */
interface PnpEntry {
  readonly name: string;
  /** Absent for what does not come from the registry. */
  readonly version: string | undefined;
  /** The folder or archive that it is read from. Absolute. */
  readonly path: string;
}

/** Whether a project runs with Plug'n'Play: a table of packages, and no node_modules that Node.js would search. */
export function isPlugAndPlay(folder: string): boolean {
  return existsSync(join(folder, '.pnp.cjs')) || existsSync(join(folder, '.pnp.js'));
}

/**
 * The packages that a program needs and that the table of Plug'n'Play does not have, or whose archive is gone.
 * @returns undefined if the table cannot be read
 */
export function comparePnp(graph: LockGraph, folder: string): Mismatch[] | undefined {
  const entries = ['.pnp.data.json', '.pnp.cjs', '.pnp.js']
    .map((file) => entriesIn(textOf(join(folder, file)) ?? '', folder))
    .find(({ length }) => length > 0);
  const needed = [...graph.importers].flatMap(([importer, needs]) => needs.map((need) => [importer, need] as const));
  if (entries === undefined) return needed.some(([, { to }]) => to !== undefined) ? undefined : [];
  const table = new Map(entries.map((entry) => [`${entry.name}@${entry.version}`, entry]));
  const has = ({ to }: LockedDependency): boolean => {
    const { name, version } = graph.packages.get(to ?? '') ?? {};
    return table.has(`${name}@${version}`);
  };
  const required = requiredIn(graph);
  const dev = needed
    .map(([, need]) => need)
    .filter(({ kind, to }) => kind === 'dev' && to !== undefined && !required.has(to));
  const isWithoutDev = dev.length > 0 && !dev.some(has);
  const missing = new Map<string, Mismatch>();
  const seen = new Set<string>();
  const open = needed.filter(([, { kind }]) => kind === 'required' || (kind === 'dev' && !isWithoutDev));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [importer, { to = '' }] = next;
    const locked = graph.packages.get(to);
    if (locked === undefined || seen.has(to)) continue;
    seen.add(to);
    const { name, version } = locked;
    const entry = table.get(`${name}@${version}`) ?? table.get(`${name}@undefined`);
    if (version !== undefined && (entry === undefined || !existsSync(entry.path)))
      missing.set(to, { name, version, importer });
    open.push(...locked.dependencies.filter(({ kind }) => kind === 'required').map((one) => [importer, one] as const));
  }
  return [...missing.values()];
}

function entriesIn(text: string, folder: string): PnpEntry[] {
  // Yarn writes JSON, within a string of JavaScript whose lines end in a backslash.
  const ofYarn = /\[\s*"((?:npm|virtual|patch|file|https?|git)[^"]*)",\s*\{\s*"packageLocation":\s*"([^"]+)"/g;
  const plain = text.replace(/\\\r?\n/g, '\n');
  const entries = [...plain.matchAll(ofYarn)].flatMap(([, reference = '', location = '']) => {
    const [, version] = /npm(?::|%3A)(?:[^#]*@)?([^#@:]+?)(?:#|::|$)/.exec(reference) ?? [];
    const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\/$/.exec(location) ?? [];
    return name === undefined ? [] : [{ name, version, path: archiveOf(resolve(folder, location)) }];
  });
  // pnpm names its own virtual store.
  const ofPnpm = /"((?:@[^"/]+\/)?[^"@/]+)@([^"(]+)(?:\([^"]*)?":\{"url":"([^"]+)"/g;
  return entries.concat(
    [...plain.matchAll(ofPnpm)].map(([, name = '', version = '', url = '']) => ({
      name,
      version: plainVersion(version),
      path: resolve(folder, 'node_modules', url),
    })),
  );
}

/** The zip file that contains a path. A virtual path, which Yarn invents to distinguish copies of one package, is resolved first. */
function archiveOf(path: string): string {
  const zip = path.replace(/(\.zip)\/.*$/, '$1');
  const [, before, depth, rest] = /^(.*)\/(?:__virtual__|\$\$virtual)\/[^/]+\/(\d+)(\/.*)?$/.exec(zip) ?? [];
  if (before === undefined) return zip;
  let at = before;
  for (let n = 0; n < Number(depth); n += 1) at = dirname(at);
  return join(basename(at) === '' ? '/' : at, rest ?? '');
}
