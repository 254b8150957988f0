import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { upwards } from '../upwards.ts';
import { makerOf } from './install-record.ts';
import { readManifest } from './installed.ts';
import { membersOf } from './members.ts';

export const MANAGERS = ['npm', 'pnpm', 'yarn', 'bun'] as const;
export type PackageManager = (typeof MANAGERS)[number];

export interface Lockfile {
  readonly folder: string;
  readonly file: string;
  readonly manager: PackageManager;
}

/** The Node.js project that a folder belongs to: the root of its workspace, and which package manager decides there. */
export interface NodeProject {
  /** Absolute. Its node_modules is the one that the manager notes its installation in. */
  readonly folder: string;
  /** The lockfiles of all managers, here and in the folder from which the question came. */
  readonly locks: readonly Lockfile[];
  /** The manager that package.json names, or a file that only one manager reads. */
  readonly declared: PackageManager | undefined;
  /** The manager that made node_modules, if it left a record. */
  readonly maker: PackageManager | undefined;
}

/** If several lie beside each other and nothing else says which counts, the first. */
const LOCKS: readonly (readonly [file: string, manager: PackageManager])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['npm-shrinkwrap.json', 'npm'],
  ['package-lock.json', 'npm'],
];

/** Finds the project of a folder; undefined if no folder above it has a lockfile or a node_modules with a record. */
export async function findProject(cwd: string): Promise<NodeProject | undefined> {
  const way = await wayUp(cwd);
  const start = way.findIndex(
    (folder) => locksIn(folder).length > 0 || makerOf(join(folder, 'node_modules')) !== undefined,
  );
  const first = way[start];
  if (first === undefined) return undefined;
  // A member of a workspace is installed from the root, whatever lockfile was left in it.
  let folder = first;
  for (const root of way.slice(start + 1))
    if ((await membersOf(root)).some((member) => join(root, member) === first)) folder = root;
  const between = way.slice(start, way.indexOf(folder) + 1);
  const declared = between
    .concat(way.slice(way.indexOf(folder) + 1))
    .map(declaredIn)
    .find(Boolean);
  return {
    folder,
    locks: between.flatMap(locksIn),
    declared: declared ?? impliedIn(folder),
    maker: makerOf(join(folder, 'node_modules')),
  };
}

/** The manager whose lockfile counts; undefined if there are several and nothing decides. */
export function managerIn({ locks, declared, maker }: NodeProject): PackageManager | undefined {
  const has = (one: PackageManager | undefined): boolean => locks.some(({ manager }) => manager === one);
  if (has(declared)) return declared;
  if (has(maker)) return maker;
  if (declared !== undefined || maker !== undefined) return declared ?? maker;
  const managers = new Set(locks.map(({ manager }) => manager));
  return managers.size === 1 ? [...managers][0] : undefined;
}

/** The folder of the nearest package.json above a folder, relative to the project. */
export function memberOf(cwd: string, root: string): string {
  for (let at = cwd; at !== root && at !== dirname(at); at = dirname(at))
    if (existsSync(join(at, 'package.json'))) return relative(root, at);
  return '.';
}

/** A folder and those above it in its repository. Outside of a repository: up to the workspace that it is a member of. */
async function wayUp(cwd: string): Promise<string[]> {
  const way = upwards(cwd);
  if (way.length > 1 || existsSync(join(cwd, '.git'))) return way;
  const above: string[] = [cwd];
  for (let at = dirname(cwd); at !== dirname(at); at = dirname(at)) {
    above.push(at);
    if ((await membersOf(at)).some((member) => above.includes(join(at, member)))) return above;
  }
  return way;
}

function locksIn(folder: string): Lockfile[] {
  return LOCKS.filter(([file]) => existsSync(join(folder, file))).map(([file, manager]) => ({ folder, file, manager }));
}

/** `"packageManager": "pnpm@12.0.0"`, or `devEngines.packageManager`. */
function declaredIn(folder: string): PackageManager | undefined {
  const { packageManager, devEngines } = Object(readManifest(folder)) as {
    packageManager?: unknown;
    devEngines?: { packageManager?: unknown };
  };
  const [engine] = [Object(devEngines).packageManager].flat();
  const name = typeof packageManager === 'string' ? packageManager.replace(/@.*$/, '') : String(Object(engine).name);
  return MANAGERS.find((manager) => manager === name);
}

/** Files that only one manager reads. They say less than package.json. */
function impliedIn(folder: string): PackageManager | undefined {
  if (existsSync(join(folder, 'pnpm-workspace.yaml'))) return 'pnpm';
  if (existsSync(join(folder, '.yarnrc.yml'))) return 'yarn';
  return existsSync(join(folder, 'bunfig.toml')) ? 'bun' : undefined;
}
