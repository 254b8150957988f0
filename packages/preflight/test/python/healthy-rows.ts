import { cpSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { POETRY_PROJECT, pythonNamed, sourceOf, type Tool, WHEELS } from './tools.ts';
import { putList, rename, uvSync, uvVenv, venv, type World } from './world.ts';

/** Makes a healthy environment. */
export interface HealthyRow {
  readonly what: string;
  readonly tools: readonly Tool[];
  /** The folder of the project. */
  readonly folder?: string;
  readonly make: (world: World) => void;
}

function poetry(world: World, ...options: string[]): void {
  world.put('pyproject.toml', POETRY_PROJECT);
  world.run('poetry', 'lock', '--no-interaction');
  world.run('poetry', 'install', '--no-interaction', ...options);
}

const UVS = ['uv', 'uv 0.3.0'] as const;
export const HEALTHY: readonly HealthyRow[] = [
  { what: 'python -m venv', tools: [], make: (world) => venv(world) },
  { what: 'python -m venv --symlinks', tools: [], make: (world) => venv(world, '--symlinks') },
  { what: 'python -m venv --copies', tools: [], make: (world) => venv(world, '--copies') },
  { what: 'python -m venv --system-site-packages', tools: [], make: (world) => venv(world, '--system-site-packages') },
  ...['a project (copy)', "o'brien two", 'größe ☃', 'a "quoted" $HOME', 'n'.repeat(150)].map((folder) => ({
    what: `python -m venv in ${folder.length > 40 ? 'a path too long for a #! line' : folder}`,
    tools: [],
    folder,
    make: (world: World) => venv(world),
  })),
  {
    what: 'python -m venv behind a link',
    tools: [],
    make(world) {
      venv(world);
      symlinkSync(world.project, join(world.root, 'link'));
      world.project = join(world.root, 'link');
    },
  },
  {
    what: 'an activated environment elsewhere',
    tools: [],
    make(world) {
      venv(world);
      rmSync(join(world.project, '.venv'), { recursive: true });
      world.run('python3', '-m', 'venv', '--without-pip', join(world.root, 'away'));
      world.run(
        'python3',
        '-m',
        'pip',
        '--python',
        join(world.root, 'away/bin/python'),
        'install',
        '-q',
        '--no-index',
        WHEELS.tiny,
      );
      world.env = { ...world.env, VIRTUAL_ENV: join(world.root, 'away') };
    },
  },
  {
    what: 'a copy of the project beside it, environment and all, that was made anew',
    tools: [],
    make(world) {
      venv(world);
      cpSync(world.project, join(world.root, 'copy'), { recursive: true, verbatimSymlinks: true });
      world.project = join(world.root, 'copy');
      venv(world, '--clear');
    },
  },
  {
    what: 'pip install -e ., -e ../lib',
    tools: [],
    make(world) {
      venv(world);
      for (const [file, text] of Object.entries(sourceOf('ours'))) world.put(file, text);
      for (const [file, text] of Object.entries(sourceOf('lib'))) world.put(`../lib/${file}`, text);
      for (const source of ['.', '../lib'])
        world.run('python3', '-m', 'pip', '--python', '.venv/bin/python', 'install', '-q', '--no-index', '-e', source);
    },
  },
  {
    what: 'python -m venv with pip',
    tools: [],
    make: (world) => {
      world.run('python3', '-m', 'venv', '.venv');
      world.put('requirements.txt', 'pip\n');
    },
  },
  { what: 'virtualenv', tools: ['virtualenv'], make: viaVirtualenv },
  { what: "virtualenv in o'brien (2)", tools: ['virtualenv'], folder: "o'brien (2)", make: viaVirtualenv },
  ...(['uv', 'uv 0.1.0', 'uv 0.3.0'] as const).flatMap((tool) => [
    { what: `${tool}: uv venv, uv pip`, tools: [tool], make: (world: World) => uvVenv(world) },
  ]),
  // uv 0.1.0 writes scripts that cannot run there, and uv 0.3.0 an activate.csh that does not move.
  ...UVS.map((tool) => ({ what: `${tool}: in a path with spaces`, tools: [tool], folder: 'a b (c)', make: uvVenv })),
  {
    what: 'uv: uv venv --relocatable, moved',
    tools: ['uv'],
    make(world) {
      uvVenv(world, '--relocatable');
      rename(world, 'moved');
    },
  },
  ...UVS.flatMap((tool) => [
    { what: `${tool}: uv sync`, tools: [tool], make: (world: World) => uvSync(world) },
    {
      what: `${tool}: uv sync --no-dev`,
      tools: [tool],
      make: (world: World) => uvSync(world, { options: ['--no-dev'] }),
    },
    {
      what: `${tool}: uv sync --extra more --no-dev`,
      tools: [tool],
      make: (world: World) => uvSync(world, { options: ['--extra', 'more', '--no-dev'] }),
    },
  ]),
  {
    what: 'uv: UV_PROJECT_ENVIRONMENT elsewhere',
    tools: ['uv'],
    make(world) {
      world.env = { ...world.env, UV_PROJECT_ENVIRONMENT: join(world.root, 'away') };
      uvSync(world);
      symlinkSync(join(world.root, 'away'), join(world.project, 'seen'));
    },
  },
  { what: 'poetry install, in the project', tools: ['poetry'], make: (world) => poetry(world) },
  { what: 'poetry install --only main', tools: ['poetry'], make: (world) => poetry(world, '--only', 'main') },
  {
    what: 'poetry install, outside of the project',
    tools: ['poetry'],
    make(world) {
      world.env = {
        ...world.env,
        POETRY_VIRTUALENVS_IN_PROJECT: 'false',
        POETRY_VIRTUALENVS_PATH: join(world.root, 'venvs'),
      };
      poetry(world);
    },
  },
  {
    what: 'pipx, as the activated environment',
    tools: ['pipx'],
    make(world) {
      world.env = {
        ...world.env,
        PIPX_HOME: join(world.root, 'pipx'),
        PIPX_BIN_DIR: join(world.root, 'bin'),
      };
      world.run('pipx', 'install', '--quiet', `./${WHEELS.tiny}`);
      world.env = { ...world.env, VIRTUAL_ENV: join(world.root, 'pipx/venvs/tiny-tool') };
    },
  },
  ...['3.9', '3.12', '3.13'].map((minor) => ({
    what: `pyenv: Python ${minor} and .python-version`,
    tools: [],
    make(world: World) {
      world.run(pythonNamed(minor) ?? `python${minor}`, '-m', 'venv', '--without-pip', '.venv');
      world.put('.python-version', `${minor}\n`);
    },
  })),
];

function viaVirtualenv(world: World): void {
  world.run('virtualenv', '-q', '.venv');
  world.run('.venv/bin/pip', 'install', '-q', '--no-index', WHEELS.tiny);
  putList(world);
}
