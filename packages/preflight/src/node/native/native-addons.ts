import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withCount } from '@pm/protocol/text';
import * as z from 'zod/mini';
import { askProgram } from '../../ask-program.ts';
import type { Check, CheckContext, Remedy } from '../../check.ts';
import { upwards } from '../../upwards.ts';
import { textOf } from '../installed.ts';
import { isModernYarn } from '../locks/yarn.ts';
import { findProject, managerIn } from '../project.ts';
import { compileRemedy } from '../remedies.ts';
import { type AddonFile, readAddon } from './addon-file.ts';
import { type Addon, findAddons } from './find-addons.ts';

const Options = z.strictObject({ node: z.optional(z.string()) });
type Options = z.infer<typeof Options>;

/** The Node.js that would load the addons. */
interface NodeFacts {
  readonly abi: number;
  readonly os: string;
  readonly cpu: string;
  readonly version: string;
}

const SHOWN = 3;

/**
 * The addons that were compiled on installation fit the Node.js on the PATH: its NODE_MODULE_VERSION, and this machine. The file is read.
 * One that does not tell its version is loaded in a process of its own, because it may crash.
 */
export const nativeAddons: Check<Options> = {
  id: 'native-addons',
  title: 'native addons fit this Node.js',
  options: Options,
  fromText: (text) => (text === '' ? {} : { node: text }),
  detect: (context) => (addonsOf(context).length > 0 ? {} : undefined),

  async inspect(options, context, signal) {
    const addons = addonsOf(context);
    if (addons.length === 0) return { state: 'skip', evidence: 'node_modules has no compiled addon' };
    const node = await factsOf(options, context, signal);
    if (typeof node === 'string') return { state: 'inconclusive', evidence: node };
    const wrong: string[] = [];
    for (const addon of addons) {
      const fault = await faultOf(addon, node, options, context, signal);
      if (fault !== undefined) wrong.push(`${addon.package} ${fault}`);
    }
    if (wrong.length === 0)
      return {
        state: 'pass',
        evidence: `Node.js ${node.version} can load all compiled addons: ${namesOf(addons)}`,
      };
    return { state: 'fail', evidence: withCount(wrong, SHOWN, '; ') };
  },

  async remedies(options, context, signal) {
    const node = await factsOf(options, context, signal);
    if (typeof node === 'string') return [];
    const names = new Set<string>();
    for (const addon of addonsOf(context))
      if ((await faultOf(addon, node, options, context, signal)) !== undefined) names.add(addon.package);
    const project = await findProject(context.cwd);
    const manager = project === undefined ? undefined : (project.maker ?? managerIn(project));
    if (project === undefined || manager === undefined) return [];
    const lock = project.locks.find((one) => one.manager === manager);
    const isModern = manager === 'yarn' && isModernYarn(textOf(join(project.folder, lock?.file ?? 'yarn.lock')) ?? '');
    return [compileRemedy(manager, isModern, project.folder, [...names])] satisfies Remedy[];
  },
};

function addonsOf({ cwd }: CheckContext): Addon[] {
  const folders = upwards(cwd).map((folder) => join(folder, 'node_modules'));
  return folders.filter((folder) => existsSync(folder)).flatMap(findAddons);
}

async function factsOf(
  { node = 'node' }: Options,
  context: CheckContext,
  signal: AbortSignal,
): Promise<NodeFacts | string> {
  const program = '[process.versions.modules,process.platform,process.arch,process.version].join()';
  const answer = await askProgram([node, '-p', program], context, signal);
  if (answer.kind === 'failed') return `${node} does not run: ${answer.why}`;
  const [abi, os = '', cpu = '', version = ''] = answer.stdout.trim().split(',');
  return answer.code === 0 && version !== ''
    ? { abi: Number(abi), os, cpu, version }
    : `${node} does not print its version`;
}

/** Why Node.js could not load an addon, in words; undefined if it could. */
async function faultOf(
  { file }: Addon,
  node: NodeFacts,
  { node: program = 'node' }: Options,
  context: CheckContext,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { os, cpu, abi, isStable }: AddonFile = readAddon(file);
  if (os === undefined) return 'is damaged: its addon is not a library';
  if (os !== node.os || (cpu !== undefined && cpu !== node.cpu))
    return `was compiled for ${os}-${cpu ?? node.cpu}, but this is ${node.os}-${node.cpu}`;
  if (abi !== undefined) return abi === node.abi ? undefined : versionFault(abi, node);
  if (isStable) return undefined;
  const answer = await askProgram(
    [program, '-e', 'process.dlopen({ exports: {} }, process.argv[1])', file],
    context,
    signal,
  );
  if (answer.kind === 'failed' || answer.code === 0) return undefined;
  const [, built] = /using\s+NODE_MODULE_VERSION (\d+)/.exec(answer.stderr) ?? [];
  return built === undefined ? undefined : versionFault(Number(built), node);
}

function versionFault(abi: number, { abi: wanted, version }: NodeFacts): string {
  return `was compiled for another Node.js: NODE_MODULE_VERSION ${abi}, but ${version} wants ${wanted}`;
}

function namesOf(addons: readonly Addon[]): string {
  return withCount([...new Set(addons.map((one) => one.package))], SHOWN);
}
