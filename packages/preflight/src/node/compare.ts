import { join } from 'node:path';
import type { InstallRecord } from './install-record.ts';
import type { Installed } from './installed.ts';
import type { DependencyKind, LockedDependency, LockedPackage, LockGraph } from './locks/lock-graph.ts';

/** A package that is not installed as the lockfile says. */
export interface Mismatch {
  readonly name: string;
  /** The locked version, if the lockfile has one. */
  readonly version?: string | undefined;
  /** The version that is there instead. */
  readonly found?: string | undefined;
  /** The folder of what is there instead. */
  readonly place?: string | undefined;
  /** The key of the package in the lockfile. */
  readonly key?: string | undefined;
  /** The folder of the project that needs it: `.`, `packages/a`. */
  readonly importer: string;
}

/** A package that was found where the lockfile wants it. */
export interface Placed {
  /** Its real folder. */
  readonly folder: string;
  readonly locked: LockedPackage;
  /** Nothing but optional dependencies leads to it, so the program is made to run without it. */
  readonly isOptional: boolean;
  /** What imports it directly, if that is a folder of the project. */
  readonly importer?: string;
  /** The name by which it is imported there. */
  readonly as: string;
}

export interface Comparison {
  readonly mismatches: readonly Mismatch[];
  /** The folders of the workspace of which nothing was installed, as by `pnpm install --filter` or `yarn workspaces focus`. */
  readonly leftOut: readonly string[];
  /** The folders of the project whose development packages are not there, as after `npm ci --omit=dev`. */
  readonly withoutDev: readonly string[];
  readonly placed: readonly Placed[];
  /** Packages that somebody linked to a folder outside of the project, as `npm link` does, instead of what is locked. */
  readonly linked: readonly Mismatch[];
}

export interface CompareOptions {
  readonly graph: LockGraph;
  /** The folder of the lockfile, with its links resolved. */
  readonly root: string;
  readonly installed: Pick<Installed, 'find' | 'manifest'>;
  readonly record?: InstallRecord | undefined;
  /** The folder of the project from which the question comes: it cannot have been left out. */
  readonly asked: string;
}

interface Problem extends Mismatch {
  readonly kind: DependencyKind;
  readonly dependency: LockedDependency;
  readonly isDirect: boolean;
}

/**
 * Compares what the lockfile says with what Node.js would find: from each folder of the project, along each dependency. What was left out on
 * purpose (development packages, other folders of the workspace, optional packages) is no mismatch.
 */
export function compare(options: CompareOptions): Comparison {
  const { graph, record } = options;
  const walk = new Walk(options);
  const importers = [...graph.importers];
  const along = (...kinds: DependencyKind[]): void => {
    for (const [importer, dependencies] of importers)
      for (const dependency of dependencies)
        if (kinds.includes(dependency.kind)) walk.fromImporter(importer, dependency);
  };
  if (record?.isDevOnly !== true) along('required');
  along('dev');
  along('peer');
  walk.finish('peer');
  along('optional');
  walk.finish('optional');

  const leftOut = importers.map(([importer]) => importer).filter((importer) => isLeftOut(importer, walk, options));
  const left = walk.problems.filter(({ importer }) => !leftOut.includes(importer));
  const withoutDev = importers
    .map(([importer]) => importer)
    .filter((importer) => record?.isWithoutDev ?? looksWithoutDev(importer, walk, options));
  const mismatches = left.filter(({ kind, name, version, importer }) => {
    if (kind === 'peer') return record?.has(name, version) === true;
    return kind === 'required' || (kind === 'dev' && !withoutDev.includes(importer));
  });
  return { mismatches: unique(mismatches), leftOut, withoutDev, placed: walk.placed, linked: unique(walk.linked) };
}

class Walk {
  readonly problems: Problem[] = [];
  readonly placed: Placed[] = [];
  readonly linked: Problem[] = [];
  readonly #options: CompareOptions;
  readonly #seen = new Set<string>();
  readonly #later: { importer: string; dependency: LockedDependency; from: string }[] = [];

  constructor(options: CompareOptions) {
    this.#options = options;
  }

  folderOf(importer: string): string {
    return join(this.#options.root, importer);
  }

  fromImporter(importer: string, dependency: LockedDependency): void {
    this.#follow(importer, dependency, this.folderOf(importer), dependency.kind, true);
  }

  /** Peers and optional dependencies are followed last, so that what something else needs too counts as needed. */
  finish(kind: 'peer' | 'optional'): void {
    const isNow = (one: { dependency: LockedDependency }): boolean => one.dependency.kind === kind;
    for (let at = this.#later.findIndex(isNow); at >= 0; at = this.#later.findIndex(isNow))
      for (const { importer, dependency, from } of this.#later.splice(at, 1))
        this.#follow(importer, dependency, from, kind, false);
  }

  #follow(importer: string, dependency: LockedDependency, from: string, kind: DependencyKind, isDirect: boolean): void {
    const { graph, installed } = this.#options;
    const { name, to } = dependency;
    const locked = to === undefined ? undefined : graph.packages.get(to);
    const folder = installed.find(name, from);
    const found = folder === undefined ? undefined : installed.manifest(folder);
    const isOther = locked?.version !== undefined && found?.version !== locked.version;
    const about = { version: locked?.version, found: found?.version, place: folder, key: to };
    const own = { name: locked?.name ?? name, ...about, importer, kind, dependency, isDirect };
    if (locked?.version !== undefined && found !== undefined && isElsewhere(folder, this.#options.root)) {
      this.linked.push(own);
      return;
    }
    if (folder === undefined || (locked !== undefined && found === undefined) || isOther) {
      this.problems.push(own);
      return;
    }
    if (locked === undefined) return;
    const visit = `${to}\0${folder}`;
    if (isDirect || !this.#seen.has(visit))
      this.placed.push({ folder, locked, isOptional: kind === 'optional', as: name, ...(isDirect && { importer }) });
    if (this.#seen.has(visit)) return;
    this.#seen.add(visit);
    // A package that brings another one imports that, whatever the lockfile says of the name.
    const bundled = found?.bundledDependencies ?? found?.bundleDependencies ?? [];
    for (const next of locked.dependencies) {
      if (bundled === true || (Array.isArray(bundled) && bundled.includes(next.name))) continue;
      if (next.kind === 'optional' || next.kind === 'peer')
        this.#later.push({ importer, dependency: next, from: folder });
      else this.#follow(importer, next, folder, kind, false);
    }
  }
}

/** Whether a folder is a project of its own: outside of this one, and not in a node_modules, as the packages of a store are. */
export function isElsewhere(folder: string | undefined, root: string): boolean {
  return folder !== undefined && !`${folder}/`.startsWith(`${root}/`) && !isPackaged(folder);
}

/** Whether a folder lies in a node_modules: `node_modules/ms`, `node_modules/@types/node`. Otherwise it is the source of a package. */
export function isPackaged(folder: string): boolean {
  return /\/node_modules\/(?:@[^/]+\/)?[^/]+$/.test(folder);
}

/**
 * Whether an installation was for other folders of the workspace only. Where no record tells, nothing that this one alone needs is there,
 * nor was it ever, while another folder has everything.
 */
function isLeftOut(importer: string, walk: Walk, { graph, installed, record, root, asked }: CompareOptions): boolean {
  const missing = walk.problems.filter((one) => one.importer === importer && one.kind === 'required');
  if (missing.length === 0 || (importer === asked && importer !== '.')) return false;
  const isComplete = ([other, needs]: readonly [string, readonly LockedDependency[]]): boolean =>
    other !== importer &&
    needs.some(({ to }) => to !== undefined) &&
    walk.problems.every((one) => one.importer !== other || one.kind !== 'required');
  if (![...graph.importers].some(isComplete)) return false;
  const told = record?.installs(importer);
  if (told !== undefined) return !told;
  if (record?.isFiltered === false) return false;
  const { name } = installed.manifest(walk.folderOf(importer)) ?? {};
  if (importer !== '.' && name !== undefined && installed.find(name, root) === walk.folderOf(importer)) return false;
  const shared = new Set(
    [...graph.importers].flatMap(([other, needs]) => (other === importer ? [] : needs.map(({ to }) => to))),
  );
  const gone = new Map(missing.map((one) => [one.dependency.to, one]));
  const own = (graph.importers.get(importer) ?? []).filter(
    ({ to, kind }) => to !== undefined && kind === 'required' && !shared.has(to),
  );
  if (own.some(({ to }) => !gone.has(to))) return false;
  if (record?.isFiltered === true) return true;
  return own.length > 0 && own.every(({ to }) => record?.has(gone.get(to)?.name ?? '', gone.get(to)?.version) !== true);
}

/** Whether only the development packages of a folder are missing, and the record does not say that they were ever installed. */
function looksWithoutDev(importer: string, walk: Walk, { graph, record }: CompareOptions): boolean {
  const required = requiredIn(graph);
  const dev = (graph.importers.get(importer) ?? []).filter(({ kind, to }) => kind === 'dev' && to !== undefined);
  const alone = dev.filter(({ to = '' }) => !required.has(to));
  const gone = new Map(walk.problems.filter(({ isDirect }) => isDirect).map((one) => [one.dependency, one]));
  const isAway = (one: LockedDependency): boolean => gone.has(one) && gone.get(one)?.found === undefined;
  const wasThere = (one: LockedDependency): boolean =>
    record?.has(gone.get(one)?.name ?? '', gone.get(one)?.version) === true;
  return (
    dev.length > 0 &&
    (alone.length > 0 ? alone.every((one) => isAway(one) && !wasThere(one)) : dev.every(isAway)) &&
    (record !== undefined || walk.placed.some(({ isOptional }) => !isOptional))
  );
}

function unique(problems: readonly Problem[]): Mismatch[] {
  const byName = new Map<string, Mismatch>();
  for (const { kind, dependency, isDirect, ...mismatch } of problems) {
    const key = `${mismatch.name}@${mismatch.version}`;
    if (!byName.has(key)) byName.set(key, mismatch);
  }
  return [...byName.values()];
}

/** The keys of the packages that a program needs, whether they are installed or not. */
export function requiredIn({ importers, packages }: LockGraph): Set<string> {
  const keys = new Set<string>();
  const open = [...importers.values()].flat();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind !== 'required' || next.to === undefined || keys.has(next.to)) continue;
    keys.add(next.to);
    open.push(...(packages.get(next.to)?.dependencies ?? []));
  }
  return keys;
}
