import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Check, CheckContext, CheckResult, Remedy } from '../check.ts';
import { upwards } from '../upwards.ts';
import { assess } from './assess.ts';
import { compareManifests } from './compare-manifests.ts';
import { readManifest } from './installed.ts';
import { dependenciesIn } from './locks/lock-graph.ts';
import { findProject, type Lockfile, MANAGERS, managerIn, type NodeProject, type PackageManager } from './project.ts';

const Options = z.strictObject({ manager: z.optional(z.enum(MANAGERS)) });
type Options = z.infer<typeof Options>;

/**
 * The installed packages match the lockfile, as Node.js would find them. The modification time is not used, because every `git checkout`
 * changes it. Which lockfile counts: contributing/decisions/2026-11-29-which-package-manager-is-asked.md
 */
export const nodeModules: Check<Options> = {
  id: 'node-modules',
  ecosystem: 'node',
  title: 'node_modules matches the lockfile',
  options: Options,
  fromText: (text) => (text === '' ? {} : { manager: text }),
  detect: ({ cwd }) => (upwards(cwd).some(isOfNode) ? {} : undefined),
  inspect: async (options, context) => {
    const { state, evidence } = await examine(options, context);
    return { state, evidence };
  },
  remedies: async (options, context) => (await examine(options, context)).remedies,
};

interface Answer extends CheckResult {
  readonly remedies: readonly Remedy[];
}

/** Asks the lockfile of the manager that decides. */
async function examine({ manager: named }: Options, context: CheckContext): Promise<Answer> {
  const project = await findProject(context.cwd);
  if (project === undefined || (project.locks.length === 0 && project.maker === undefined)) return withoutLock(context);
  const { locks, declared, maker } = project;
  const inCharge = named ?? managerIn(project);
  if (inCharge === undefined) return await undecided(project, context);
  const lock = locks.find(({ manager }) => manager === inCharge);
  const others = locks.filter(({ manager }) => manager !== inCharge);
  if (lock === undefined) {
    if (named !== undefined) return { state: 'skip', evidence: `there is no lockfile of ${named}`, remedies: [] };
    return compareManifests(project, inCharge, context);
  }
  const answer = await assess(lock, project, context);
  if (answer.state !== 'pass' || named !== undefined) return answer;
  if (maker !== undefined && maker !== inCharge)
    return warning(
      `${answer.evidence}, but ${maker} installed it${declared === inCharge ? ` and ${inCharge} is declared` : ''}`,
    );
  const [other] = others;
  return other === undefined
    ? answer
    : warning(`${answer.evidence}, but ${pathOf(other)} of ${other.manager} is there too`);
}

/** There are several lockfiles, and nothing says which one counts. The one that matches what is installed is taken. */
async function undecided(project: NodeProject, context: CheckContext): Promise<Answer> {
  const one = new Map<PackageManager, Lockfile>(project.locks.toReversed().map((lock) => [lock.manager, lock]));
  const answers = [];
  for (const lock of [...one.values()].toReversed()) answers.push(await assess(lock, project, context, true));
  const files = answers.map(({ lock }) => lock.file).join(' and ');
  const fitting = answers.filter(({ situation }) => situation.isInstalled);
  const match = fitting.find(({ state }) => state === 'pass') ?? fitting.find(({ state }) => state === 'warn');
  if (match !== undefined)
    return warning(`${match.evidence}; package.json does not say which of ${files} counts (packageManager)`);
  const first = answers.find(({ state }) => state === 'fail') ?? answers[0];
  if (first === undefined) return withoutLock(context);
  const evidence = `${first.evidence}; package.json does not say which of ${files} counts (packageManager)`;
  return { state: first.state, evidence, remedies: answers.flatMap(({ remedies }) => remedies) };
}

function withoutLock({ cwd }: CheckContext): Answer {
  const folder = nothingInstalled(cwd);
  if (folder === undefined) return { state: 'skip', evidence: 'there is no lockfile', remedies: [] };
  return warning(`${folder} has dependencies in package.json, but no lockfile and no node_modules`);
}

function warning(evidence: string): Answer {
  return { state: 'warn', evidence, remedies: [] };
}

function pathOf({ folder, file }: Lockfile): string {
  return join(folder, file);
}

/** The folder, if its package.json has dependencies and there is no node_modules here or above. */
function nothingInstalled(cwd: string): string | undefined {
  if (upwards(cwd).some((folder) => existsSync(join(folder, 'node_modules')))) return undefined;
  return dependenciesIn(readManifest(cwd) ?? {}).some(([, , kind]) => kind !== 'optional') ? cwd : undefined;
}

const MARKS = [
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
  'npm-shrinkwrap.json',
  'package-lock.json',
  'node_modules/.package-lock.json',
  'node_modules/.modules.yaml',
  'node_modules/.yarn-state.yml',
  'node_modules/.yarn-integrity',
];

function isOfNode(folder: string): boolean {
  return MARKS.some((name) => existsSync(join(folder, name))) || nothingInstalled(folder) !== undefined;
}
