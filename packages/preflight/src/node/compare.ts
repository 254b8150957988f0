import type { DependencyKind, LockedDependency, LockGraph } from './locks/lock-graph.ts';
import { type CompareOptions, type Mismatch, type Placed, type Problem, Walk } from './walk.ts';

/** How what is installed differs from what is locked. */
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
