import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { locateCommand } from '@pm/process';
import { withCount } from '@pm/protocol/text';
import * as z from 'zod/mini';
import { askProgram } from '../ask-program.ts';
import type { Check, CheckContext, CheckResult, Remedy } from '../check.ts';
import { uvOptions, uvSync, venvRemedies } from '../python/python-remedies.ts';
import { findVenv, pythonOf } from '../python/venv.ts';
import { noVenvText } from '../python/venv-options.ts';
import { type Drift, driftOf } from '../requirements/drift.ts';
import { installCommand } from '../requirements/install-command.ts';
import type { InstalledPackages } from '../requirements/installed-package.ts';
import { findPackageList, type PackageList, readPackageList } from '../requirements/package-list.ts';
import { askPython } from './installed-packages.ts';

const Options = z.strictObject({
  venv: z.optional(z.string().check(z.minLength(1))),
  ...uvOptions,
  groups: z.optional(z.array(z.string().check(z.minLength(1)))),
});
type Options = z.infer<typeof Options>;

/** How many differences are named. */
const NAMES = 4;

// Which packages have to be there: contributing/decisions/2026-11-29-packages-of-a-lockfile.md
/**
 * The installed packages are those that the lockfile of the project names, or its requirements.txt, or its pyproject.toml. A fresh clone,
 * `git pull` and `python -m venv --clear` leave an environment that lacks them, and everything else about it looks healthy.
 */
export const pythonPackages: Check<Options> = {
  id: 'python-packages',
  ecosystem: 'python',
  title: 'the installed Python packages are those of the lockfile',
  options: Options,
  fromText: (text) => (text === '' ? {} : { venv: text }),
  detect(context) {
    const venv = findVenv(context)?.folder;
    const list = findPackageList(context.cwd, venv);
    return list === undefined || (venv === undefined && !OWN_ENVIRONMENT.has(list.by)) ? undefined : {};
  },

  async inspect(options, context, signal) {
    const found = await look(options, context, signal);
    return 'state' in found ? found : resultOf(found);
  },

  async remedies(options, context, signal) {
    const found = await look(options, context, signal);
    const list = found.list;
    if (list === undefined) return [];
    return list.by === 'uv' ? uvRemedies(options, context, found) : installRemedies(list, context, found);
  },
};

/** These make an environment for a project by themselves. */
const OWN_ENVIRONMENT = new Set(['uv', 'poetry', 'pipenv']);

interface Look {
  readonly list: PackageList;
  readonly drift: Drift;
  readonly python: string;
  readonly packages: InstalledPackages;
  readonly isPinned: boolean;
  readonly count: number;
}

type Outcome = Look | (CheckResult & { readonly list?: PackageList; readonly python?: string });

async function look(
  { venv: named, extras = [], groups = [] }: Options,
  context: CheckContext,
  signal: AbortSignal,
): Promise<Outcome> {
  const venv = findVenv(context, named);
  if (venv === undefined && named !== undefined) return { state: 'fail', evidence: noVenvText(named) };
  const list = findPackageList(context.cwd, venv?.folder);
  if (list === undefined) return { state: 'skip', evidence: 'no file here names packages of Python' };
  const python = venv === undefined ? await otherPython(list, context, signal) : pythonOf(venv);
  if (typeof python !== 'string') return { ...python, list };
  const answered = await askPython(python, context, signal);
  if (answered.kind === 'failed') return { state: 'fail', evidence: `${python} does not run: ${answered.why}`, list };
  const { environment, packages } = answered;
  const read = await readPackageList(list, context.cwd, environment);
  if (read === undefined) return { state: 'inconclusive', evidence: `${list.file} cannot be read` };
  const drift = driftOf(read.wanted, packages, [...extras, ...groups]);
  const count = Math.max(...read.wanted.main.map((set) => set.packages.length));
  return { list, drift, python, packages, isPinned: read.isPinned, count };
}

/** Where the packages of a project are that has no environment in its folder: uv may use the system, Poetry and pipenv have a folder for all. */
async function otherPython(
  list: PackageList,
  context: CheckContext,
  signal: AbortSignal,
): Promise<string | CheckResult> {
  const { by, folder, file } = list;
  const { env } = context;
  const ofUv = env['UV_PROJECT_ENVIRONMENT'] ?? '';
  if (by === 'uv' && ofUv !== '' && existsSync(join(ofUv, 'bin/python'))) return join(ofUv, 'bin/python');
  if (by === 'uv' && /^(?:1|true)$/i.test(env['UV_SYSTEM_PYTHON'] ?? '')) return 'python3';
  const missing = {
    state: 'fail',
    evidence: `${folder} has no virtual environment, so nothing that ${file} names is installed`,
  } as const;
  const ask = { poetry: ['poetry', 'env', 'info', '--path'], pipenv: ['pipenv', '--venv'] }[by as string];
  if (ask === undefined) return by === 'uv' ? missing : { state: 'skip', evidence: noVenvText(undefined) };
  if (locateCommand(by, context.cwd, env['PATH']).kind !== 'found')
    return { state: 'skip', evidence: `${folder} has no virtual environment, and ${by} is not on the PATH` };
  const answered = await askProgram(ask, { ...context, cwd: folder }, signal);
  const path = answered.kind === 'exited' && answered.code === 0 ? answered.stdout.trim() : '';
  return path === '' ? missing : join(path, 'bin/python');
}

function resultOf({ drift, list, python, count }: Look): CheckResult {
  const { differences, isBare } = drift;
  if (differences.length === 0) {
    const without = drift.isWithoutDefault ? ', without those for development' : '';
    return { state: 'pass', evidence: `the packages of ${python} are those of ${list.file}: ${count}${without}` };
  }
  const what = isBare
    ? `nothing that ${list.file} names is installed for ${python}`
    : `${python} does not have what ${list.file} names`;
  return { state: 'fail', evidence: `${what}: ${withCount(differences, NAMES)}` };
}

/** An empty environment has nothing to keep. Otherwise a sync repeats what was chosen, and keeps everything else. */
function uvRemedies(options: Options, context: CheckContext, found: Outcome): Remedy[] {
  const asked = [...(options.groups ?? []).flatMap((group) => ['--group', group])];
  if ('state' in found) return found.state === 'fail' ? uvSync(context, options, { isNew: true, flags: asked }) : [];
  const { drift } = found;
  const flags = drift.chosen.flatMap((set) => ((options.extras ?? []).includes(set.name) ? [] : (set.flags ?? [])));
  const isNew = drift.isBare;
  return uvSync(context, options, {
    isNew,
    flags: [...asked, ...flags, ...(drift.isWithoutDefault ? ['--no-dev'] : [])],
  });
}

function installRemedies(list: PackageList, context: CheckContext, found: Outcome): Remedy[] {
  if ('state' in found) {
    const argv = found.state === 'fail' ? installCommand(list, { python: 'python3', pip: 'pip' }) : undefined;
    const venv = findVenv(context);
    if (venv !== undefined) return venvRemedies(venv, context, {});
    return argv === undefined ? [] : [{ argv, safety: 'safe', cwd: list.folder }];
  }
  const { python, packages, drift, isPinned } = found;
  const pip = packages.has('pip') && list.by !== 'pylock' ? 'pip' : 'uv';
  const argv = installCommand(list, { python, pip, isWithoutDefault: drift.isWithoutDefault });
  return argv === undefined ? [] : [{ argv, safety: isPinned ? 'safe' : 'needs-approval', cwd: list.folder }];
}
