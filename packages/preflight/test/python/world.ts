import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { applyFixes, type CheckContext, type Finding, planFixes, runChecks, withDetected } from '../../src/index.ts';
import { binOf, putWheels, sourceOf, type Tool, UV_PROJECT, WHEELS } from './tools.ts';

/** A folder with a project, and the tools that work on it. */
export interface World {
  readonly root: string;
  /** The folder of the project; it may not exist yet. */
  project: string;
  env: Record<string, string | undefined>;
  put(name: string, text: string): void;
  /** Runs a program in the folder of the project. Throws what it says if it fails. */
  run(...argv: string[]): string;
  /** What the checks say that apply here. */
  look(): Promise<Finding[]>;
}

export function makeWorld(tools: readonly Tool[], folder = 'project'): World {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'pm-python-')));
  const world: World = {
    root,
    project: join(root, folder),
    env: {
      ...process.env,
      VIRTUAL_ENV: undefined,
      PATH: [...tools.map(binOf), process.env['PATH']].join(delimiter),
      UV_CACHE_DIR: join(root, 'uv-cache'),
      POETRY_VIRTUALENVS_IN_PROJECT: 'true',
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      UV_LINK_MODE: 'copy',
      UV_PYTHON_DOWNLOADS: 'never',
      UV_OFFLINE: '1',
    },
    put(name, text) {
      mkdirSync(dirname(join(world.project, name)), { recursive: true });
      writeFileSync(join(world.project, name), text);
    },
    run(...argv) {
      const [program = '', ...args] = argv;
      const { status, stdout, stderr, error } = spawnSync(program, args, {
        cwd: world.project,
        env: world.env,
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`${argv.join(' ')}: ${error?.message ?? `exit ${status}`}\n${stdout}${stderr}`);
      return stdout.trim();
    },
    look: () => runChecks(checksOf(world), contextOf(world)),
  };
  putWheels(world.project);
  mkdirSync(join(world.project, '.git'));
  return world;
}

export function endWorld({ root }: World): void {
  rmSync(root, { recursive: true, force: true });
}

function contextOf({ project, env }: World): CheckContext {
  return { cwd: project, env };
}

/** A machine that is busy with other tests takes longer than a person would wait. */
function checksOf(world: World): ReturnType<typeof withDetected> {
  return withDetected([], contextOf(world)).map((check) => ({ ...check, budgetMs: 120_000 }));
}

export function failuresIn(findings: readonly Finding[]): string[] {
  return findings.filter(({ state }) => state === 'fail').map(({ check, evidence }) => `${check}: ${evidence}`);
}

/** Runs `--fix` once, as the command does. */
export async function fix(world: World): Promise<string[]> {
  const applied = await applyFixes(planFixes(await world.look()), contextOf(world));
  return applied.map(({ argv, evidence }) => `${argv.join(' ')}: ${evidence}`);
}

/** Runs the first remedy of a check, as a person would who approves it. */
export async function approve(world: World, check: string): Promise<string[]> {
  const found = (await world.look()).find((one) => one.check === check && one.state === 'fail');
  const [remedy] = found?.remedies ?? [];
  if (remedy === undefined) throw new Error(`${check} names no remedy: ${found?.evidence}`);
  const applied = await applyFixes([{ check, ...remedy }], contextOf(world));
  return applied.map(({ argv, evidence }) => `${argv.join(' ')}: ${evidence}`);
}

/** An environment of `python -m venv` with tiny-tool, and a list that pins it. Without a pip of its own it is made ten times as fast. */
export function venv(world: World, ...options: string[]): void {
  world.run('python3', '-m', 'venv', '--without-pip', ...options, '.venv');
  world.run('python3', '-m', 'pip', '--python', '.venv/bin/python', 'install', '-q', '--no-index', WHEELS.tiny);
  putList(world);
}

/** A list of pins that can be installed offline. */
export function putList(world: World): void {
  world.put(
    'requirements.txt',
    '--no-index\n--find-links .\ntiny-tool==1.0\ncolorama==0.4.6 ; sys_platform == "win32"\n',
  );
}

export function uvVenv(world: World, ...options: string[]): void {
  world.run('uv', 'venv', ...options, '.venv');
  world.run('uv', 'pip', 'install', '--no-index', '--find-links', '.', 'tiny-tool');
  putList(world);
}

export function uvSync(world: World, { options = [] as string[], pyproject = UV_PROJECT } = {}): void {
  for (const [file, text] of Object.entries(sourceOf('ours', pyproject))) world.put(file, text);
  world.run('uv', 'sync', ...options);
}

/** Renames the folder of the project. */
export function rename(world: World, name: string): void {
  renameSync(world.project, join(world.root, name));
  world.project = join(world.root, name);
}
