import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { PmError } from '@pm/protocol';
import * as z from 'zod/mini';
import { assetPath } from '../assets.ts';
import { configFileOf } from '../config/read-config.ts';
import { HOSTS, type Host } from '../host/hosts.ts';
import { operation } from '../operation.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { describe } from '../shape/describe.ts';
import { dir, flag } from '../shape/fields.ts';
import type { ProjectFile } from './found-step.ts';
import { type StarterStep, starterSteps } from './starter-steps.ts';

const SCHEMA = assetPath('schema/config.json');

export const init = operation({
  name: 'init',
  summary:
    'Write a first pm.config.json for this project, or set up a coding agent to use pm; nothing of yours is overwritten.',
  input: z.strictObject({
    dir,
    dryRun: flag('Only print what would be written.'),
    host: describe(
      'Instead, teach this coding agent to use pm: instructions in the file that it reads, and the MCP server in its settings. Without --yes it only shows them.',
      z.optional(z.enum(Object.keys(HOSTS) as [Host, ...Host[]])),
    ),
    yes: flag('With --host: write what it shows.'),
    trust: flag('With --host: the agent calls pm without asking. It can then start any command.'),
    notify: flag('With --host codex: an ending that nobody waits for is sent to the thread that started the run.'),
    statusLine: flag('With --host claude: its status line shows what runs, unless you have one of your own.'),
    remove: flag('With --host: take everything back that was written.'),
  }),
  output: async () => (await import('../shape/init-answer.ts')).InitAnswer,
  run: async (input, context) => {
    const file = configFileOf(locateDirectory(input.dir, context));
    const home = dirname(file);
    const written = input.dryRun !== true;
    if (input.host !== undefined) {
      const { setUpHost } = await import('../host/set-up-host.ts');
      const { host, yes, trust = false, notify = false, statusLine = false, remove = false } = input;
      if (notify && host !== 'codex') throw onlyCodex(host);
      if (statusLine && host !== 'claude') throw onlyClaude(host);
      return setUpHost({ host, home, write: written && yes === true, trust, notify, statusLine, remove }, context);
    }
    const alone = Object.entries(WITH_HOST).find(([name]) => input[name as keyof typeof WITH_HOST] === true);
    if (alone !== undefined)
      throw new PmError(
        'usage',
        `--${alone[0] === 'statusLine' ? 'status-line' : alone[0]} needs the host: --host.`,
        alone[1],
      );
    const steps = await stepsIn(home);
    const content = configText(home, steps);
    if (written) create(file, content);
    const [first] = steps;
    const place = input.dir === undefined ? {} : { dir: input.dir };
    const next = { operation: 'start', input: { step: first?.step, ...place }, why: `${first?.command.join(' ')}` };
    const shown = steps.map(({ step, command, cwd, from }) => ({
      step,
      command: [...command],
      ...(cwd !== undefined && { cwd }),
      from,
    }));
    return { file, content, written, steps: shown, next: written && first !== undefined ? [next] : [] };
  },
});

/** Options that need a host, each with a call that has one. */
const WITH_HOST = {
  remove: 'pm init --host codex --remove',
  trust: 'pm init --host codex --trust',
  notify: 'pm init --host codex --notify',
  statusLine: 'pm init --host claude --status-line',
} as const;

function onlyCodex(host: Host): PmError {
  const message = `--notify is for Codex. A session of ${host} cannot be sent anything.`;
  return new PmError('usage', message, 'Leave --notify out.');
}

function onlyClaude(host: Host): PmError {
  const message = `--status-line is for Claude Code. Nothing is known of a status line of ${host}.`;
  return new PmError('usage', message, 'Leave --status-line out.');
}

function configText(home: string, steps: readonly StarterStep[]): string {
  const $schema = schemaSeenFrom(home);
  const config = {
    ...($schema !== undefined && { $schema }),
    // What applies is found out at each start, so it holds for what the project becomes.
    checks: ['auto'],
    defaults: { timeout: '30m' },
    steps: Object.fromEntries(
      steps.map(({ step, command, cwd, checks }) => [
        step,
        { command, ...(cwd !== undefined && { cwd }), ...(checks !== undefined && { checks }) },
      ]),
    ),
  };
  return `${JSON.stringify(config, null, 2).replace(/\[\n\s+([^\]]*?)\n\s+\]/g, (_, words: string) => `[${words.replace(/\n\s+/g, ' ')}]`)}\n`;
}

/** The schema for editors, if it is inside of the project: a path that exists only on this machine must not be in a shared file. */
function schemaSeenFrom(home: string): string | undefined {
  const path = relative(home, SCHEMA).split(sep);
  return path[0] === '..' || path.includes('.pnpm') ? undefined : `./${path.join('/')}`;
}

function create(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new PmError('usage', `${file} exists already, and pm init overwrites nothing.`, 'pm init --dry-run');
    if (code === 'ENOSPC') rmSync(file, { force: true }); // an incomplete configuration would refuse every start
    throw new PmError('directory-unusable', `${file} cannot be written (${code}).`, 'pm init --dry-run', {
      cause: error,
    });
  }
}

/** A file in a folder, or above it, but not above the folder of the configuration. */
function filesOf(folder: string, home: string): ProjectFile {
  return (name) => {
    const path = join(folder, name);
    return relative(home, path).startsWith('..') ? undefined : textOf(path);
  };
}

/** The steps of the project, and of those in its folders. A workspace runs the steps of its folders itself, unless it has none. */
async function stepsIn(home: string): Promise<StarterStep[]> {
  const own = filesOf(home, home);
  const plain = starterSteps(own);
  if (isWorkspace(own) && plain.length > 0) return plain;
  const { projectFolders } = await import('@pm/preflight');
  const inside = projectFolders(home).map((name) => [name, filesOf(join(home, name), home)] as const);
  return starterSteps(own, Object.fromEntries(inside));
}

function isWorkspace(file: ProjectFile): boolean {
  return (
    file('pnpm-workspace.yaml') !== undefined ||
    /"workspaces"\s*:/.test(file('package.json') ?? '') ||
    /^\[workspace\]/m.test(file('Cargo.toml') ?? '') ||
    /^\[tool\.uv\.workspace\]/m.test(file('pyproject.toml') ?? '') ||
    file('go.work') !== undefined
  );
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
