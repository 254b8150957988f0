import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { withCount } from '@pm/protocol/text';
import type { CheckContext, CheckResult, Remedy } from '../check.ts';
import { commandsOf } from './bin-links.ts';
import { type Comparison, compare } from './compare.ts';
import { readRecord } from './install-record.ts';
import { Installed, readManifest, textOf } from './installed.ts';
import type { LockedDependency, LockGraph, Manifest } from './locks/lock-graph.ts';
import { readGraph } from './locks/read-graph.ts';
import { isModernYarn } from './locks/yarn.ts';
import { membersOf } from './members.ts';
import { foreignPackages, thisMachine } from './platform.ts';
import { comparePnp, isPlugAndPlay } from './pnp.ts';
import { type Lockfile, memberOf, type NodeProject } from './project.ts';
import { type InstallSituation, installRemedies, rebuildRemedies } from './remedies.ts';
import { unlockedIn } from './unlocked.ts';
import type { Mismatch } from './walk.ts';

/** What one lockfile says of what is installed. */
export interface Assessment extends CheckResult {
  readonly lock: Lockfile;
  readonly remedies: readonly Remedy[];
  /** What was found; absent where the lockfile cannot be read, and with Plug'n'Play. */
  readonly comparison?: Comparison;
  readonly situation: InstallSituation;
}

const NAMES = 4;

/** Compares a lockfile with what is installed. `isOpen`: another manager's lockfile lies beside it, and nothing says which counts. */
export async function assess(
  lock: Lockfile,
  project: NodeProject,
  context: CheckContext,
  isOpen = false,
): Promise<Assessment> {
  const { folder } = lock;
  const nodeModules = join(folder, 'node_modules');
  const path = join(folder, lock.file);
  const text = await lockText(lock, context);
  const members = await membersOf(folder);
  const manifestOf = (member: string) => readManifest(join(folder, member)) ?? {};
  const graph =
    text === undefined
      ? undefined
      : await readGraph(text, lock.file === 'bun.lockb' ? 'yarn' : lock.manager, {
          members: async () => members,
          manifestOf,
          yarnrc: textOf(join(folder, '.yarnrc.yml')),
        });
  const isPnp = (lock.manager === 'yarn' || lock.manager === 'pnpm') && isPlugAndPlay(folder);
  const isInstalled = existsSync(nodeModules) || isPnp;
  const maker = project.maker;
  const base: InstallSituation = {
    manager: lock.manager,
    isModern: lock.manager === 'yarn' && isModernYarn(text ?? ''),
    folder,
    isInstalled,
    isOfAnother: isOpen || (maker !== undefined && maker !== lock.manager),
    isLocked: true,
    isRecordFalse: false,
  };
  const found = (
    state: CheckResult['state'],
    evidence: string,
    situation = base,
    comparison?: Comparison,
  ): Assessment => ({
    lock,
    state,
    evidence,
    situation,
    remedies: state === 'fail' ? installRemedies(situation) : [],
    ...(comparison !== undefined && { comparison }),
  });
  if (graph === undefined) {
    if (isInstalled) return found('inconclusive', `${path} cannot be compared with what is installed`);
    return found('fail', `${folder} has no node_modules`);
  }
  if (isPnp) {
    const missing = comparePnp(graph, folder);
    if (missing === undefined)
      return found('inconclusive', `${folder} uses Plug'n'Play instead of node_modules, in a form that cannot be read`);
    if (missing.length === 0) return found('pass', `the Plug'n'Play table matches ${path}`);
    return found('fail', `the Plug'n'Play table does not match ${path}; missing: ${named(missing)}`);
  }

  const root = realpathSync(folder);
  const installed = new Installed();
  const record = await readRecord(nodeModules, maker ?? lock.manager);
  const comparison = compare({
    graph: withRoots(graph, readManifest(folder)),
    root,
    installed,
    record,
    asked: memberOf(context.cwd, folder),
  });
  const asked = { graph, root, installed, folder, lockText: text ?? '' };
  const unlocked = unlockedIn(asked, comparison);
  const missing = [...comparison.mismatches, ...unlocked];
  // npm looks whether a package is there, not which version; the others believe their record in both.
  const isRecordFalse =
    (record === undefined && maker === 'pnpm') ||
    missing.some(
      ({ name, version, place, key }) =>
        record?.has(name, version) === true && (lock.manager !== 'npm' || place === join(root, key ?? '')),
    );
  // The folders of the workspace are the only ones that Yarn 1 does not lock.
  const own = new Set(members.map((member) => manifestOf(member).name));
  const isOpenEnd = ({ name, key, place }: Mismatch): boolean =>
    lock.manager === 'yarn' && key === undefined && place === undefined && !own.has(name) && !base.isModern;
  const isLocked = unlocked.length === 0 && !missing.some(isOpenEnd);
  // An installation would remove the links that somebody made.
  const isOfAnother = base.isOfAnother || comparison.linked.length > 0;
  const situation = { ...base, isLocked, isOfAnother, isRecordFalse };
  if (missing.length > 0) {
    const isOld = comparison.mismatches.length === 0 && missing.every((one) => one.found !== undefined);
    const wrong = isOld ? `node_modules matches ${path}, but not package.json` : `node_modules does not match ${path}`;
    const what = isInstalled ? wrong : `${folder} has no node_modules`;
    return found('fail', `${what}; missing: ${named(missing)}`, situation, comparison);
  }
  const [foreign] = foreignPackages(comparison.placed, graph, installed, thisMachine());
  if (foreign?.found !== undefined) {
    const what = `${foreign.name} has ${foreign.found}, and not ${foreign.wanted}`;
    return found('fail', `node_modules was installed for another machine: ${what}`, situation, comparison);
  }
  // Yarn 1 has no record of what it left out.
  if (foreign !== undefined && lock.manager !== 'yarn' && record?.has(foreign.wanted, foreign.version) === true) {
    const evidence = `node_modules does not match ${path}; missing: ${foreign.wanted}, without which ${foreign.name} does not run`;
    return found('fail', evidence, { ...situation, isRecordFalse: lock.manager !== 'npm' }, comparison);
  }
  const { broken, absent } = commandsOf(comparison.placed, installed, root);
  const rebuild = rebuildRemedies(situation);
  if (broken[0] !== undefined) {
    const more = broken.length > 1 ? `, and ${broken.length - 1} more` : '';
    return { ...found('fail', `${broken[0].path} ${broken[0].why}${more}`, situation, comparison), remedies: rebuild };
  }
  const [linked] = comparison.linked;
  if (linked !== undefined) {
    const more = comparison.linked.length > 1 ? `, and ${comparison.linked.length - 1} more are linked` : '';
    const what = `${linked.name} is linked to ${linked.place} (${linked.found}, locked is ${linked.version})${more}`;
    return found('warn', `node_modules matches ${path}, but ${what}`, situation, comparison);
  }
  if (foreign !== undefined) {
    const evidence = `node_modules matches ${path}, but ${foreign.name} has no program for this machine: ${foreign.wanted} is not installed`;
    return found('warn', evidence, situation, comparison);
  }
  if (comparison.leftOut.length > 0) {
    const list = comparison.leftOut.map((one) => (one === '.' ? folder : one)).join(', ');
    return found('warn', `node_modules matches ${path}, but nothing is installed for ${list}`, situation, comparison);
  }
  if (absent !== undefined && !isWithoutBins(folder, context)) {
    const evidence = `node_modules matches ${path}, but node_modules/.bin has no commands; ${absent} is one that should be there`;
    return { ...found('warn', evidence, situation, comparison), remedies: rebuild };
  }
  const without = comparison.withoutDev.length > 0 ? ', without the development packages' : '';
  return found('pass', `node_modules matches ${path}${without}`, situation, comparison);
}

/** Without a package.json nobody says what is needed: then all that is locked is. */
function withRoots(graph: LockGraph, manifest: Manifest | undefined): LockGraph {
  if (manifest !== undefined || [...graph.importers.values()].some(({ length }) => length > 0)) return graph;
  const needs = [...graph.packages]
    .filter(([, { platform }]) => platform === undefined)
    .map(([to, { name }]): LockedDependency => ({ name, to, kind: 'required' }));
  return { ...graph, importers: new Map([...graph.importers, ['.', needs]]) };
}

/** Missing packages in words: `ms@2.1.3 for packages/b (found 2.0.0)`. */
export function named(missing: readonly Mismatch[]): string {
  const words = missing.map(({ name, version, found, importer }) => {
    const what = version === undefined ? name : `${name}@${version}`;
    return `${what}${importer === '.' ? '' : ` for ${importer}`}${found === undefined ? '' : ` (found ${found})`}`;
  });
  return withCount(words, NAMES);
}

function isWithoutBins(folder: string, { env }: CheckContext): boolean {
  return (
    env['npm_config_bin_links'] === 'false' ||
    /^\s*bin-links\s*=\s*false/m.test(textOf(join(folder, '.npmrc')) ?? '') ||
    existsSync(join(folder, 'node_modules/.store'))
  );
}

async function lockText({ folder, file }: Lockfile, { env }: CheckContext): Promise<string | undefined> {
  if (file !== 'bun.lockb') return textOf(join(folder, file));
  // Only bun itself can read its binary lockfile. It prints that of Yarn 1.
  const { execa } = await import('execa');
  const { exitCode, stdout } = await execa('bun', [file], {
    cwd: folder,
    env: { ...env },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  });
  return exitCode === 0 && stdout !== '' ? stdout : undefined;
}
