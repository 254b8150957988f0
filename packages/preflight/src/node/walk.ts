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

export interface CompareOptions {
  readonly graph: LockGraph;
  /** The folder of the lockfile, with its links resolved. */
  readonly root: string;
  readonly installed: Pick<Installed, 'find' | 'manifest'>;
  readonly record?: InstallRecord | undefined;
  /** The folder of the project from which the question comes: it cannot have been left out. */
  readonly asked: string;
}

/** A dependency that led to nothing, or to another version. */
export interface Problem extends Mismatch {
  readonly kind: DependencyKind;
  readonly dependency: LockedDependency;
  readonly isDirect: boolean;
}

/** Goes from each folder of the project along each dependency, as Node.js does, and notes what is there and what is not. */
export class Walk {
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
