import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { POETRY_PROJECT, pythonNamed, sourceOf, type Tool } from './tools.ts';
import { rename, uvSync, uvVenv, venv, type World } from './world.ts';

/** Breaks an environment in one way. */
export interface BrokenRow {
  readonly what: string;
  readonly tools?: readonly Tool[];
  readonly folder?: string;
  readonly make: (world: World) => void;
  /** A check and the beginning of what it says. */
  readonly found: RegExp;
  /** `fix`: one `--fix` mends it. `approve`: the first remedy of the check does, which a person has to approve. `told`: nothing can. */
  readonly by: 'fix' | 'approve' | 'told';
  readonly minors?: readonly string[];
}

/** Links a folder of Python to one version, makes the environment with it, and links it to another one. */
function upgraded(world: World, make: (python: string) => void): void {
  const link = join(world.root, 'current');
  const [old = '', now = ''] = ['3.11', '3.12'].map((minor) => dirname(dirname(pythonNamed(minor) ?? '')));
  symlinkSync(old, link);
  make(join(link, 'bin/python3'));
  rmSync(link);
  symlinkSync(now, link);
}

function withLib(world: World, ...install: string[]): void {
  venv(world);
  for (const [file, text] of Object.entries(sourceOf('ours'))) world.put(file, text);
  for (const [file, text] of Object.entries(sourceOf('lib'))) world.put(`../lib/${file}`, text);
  for (const source of ['.', '../lib']) world.run(...install, '-e', source);
}

const PIP = ['python3', '-m', 'pip', '--python', '.venv/bin/python', 'install', '-q', '--no-index'];
const UVS = ['uv', 'uv 0.3.0'] as const;
const MOVED = /^venv-moved: .* was moved: /m;

export const BROKEN: readonly BrokenRow[] = [
  ...[
    ['project (copy)', 'plain'],
    ["o'brien", 'plain'],
    ['plain', "o'brien (2)"],
    ['plain', 'a "quoted" $HOME !'],
    ['größe', 'n'.repeat(150)],
  ].map(([folder = '', now = '']) => ({
    what: `python -m venv: ${folder} renamed to ${now.length > 40 ? 'a long name' : now}`,
    folder,
    make: (world: World) => {
      venv(world);
      rename(world, now);
    },
    found: MOVED,
    by: 'fix' as const,
  })),
  {
    what: "virtualenv: renamed to o'brien (2)",
    tools: ['virtualenv'],
    make(world) {
      world.run('virtualenv', '-q', '.venv');
      world.run('.venv/bin/pip', 'install', '-q', '--no-index', 'tiny_tool-1.0-py3-none-any.whl');
      rename(world, "o'brien (2)");
    },
    found: MOVED,
    by: 'fix',
  },
  ...(['uv', 'uv 0.1.0', 'uv 0.3.0'] as const).map((tool) => ({
    what: `${tool}: o'brien renamed to plain`,
    tools: [tool],
    folder: "o'brien",
    make: (world: World) => {
      uvVenv(world);
      rename(world, 'plain');
    },
    found: MOVED,
    by: 'fix' as const,
  })),
  ...UVS.map((tool) => ({
    what: `${tool}: a project of uv sync was renamed`,
    tools: [tool],
    make: (world: World) => {
      uvSync(world);
      rename(world, 'new');
    },
    found: /^venv-scripts: .*cannot run: .*tiny/m,
    by: 'fix' as const,
  })),
  {
    what: 'the folder above a project and its -e ../lib was renamed',
    folder: 'old/app',
    make(world) {
      withLib(world, ...PIP);
      renameSync(join(world.root, 'old'), join(world.root, 'new'));
      world.project = join(world.root, 'new/app');
    },
    found: MOVED,
    by: 'fix',
  },
  {
    what: 'the project behind -e ../lib was renamed',
    make(world) {
      withLib(world, ...PIP);
      renameSync(join(world.root, 'lib'), join(world.root, 'library'));
    },
    found: /^venv-moved: the source of an editable install in .* is .*\/library now: /m,
    by: 'fix',
  },
  {
    what: 'the project behind -e ../lib was deleted',
    make(world) {
      withLib(world, ...PIP);
      rmSync(join(world.root, 'lib'), { recursive: true });
    },
    found: /^venv-moved: the source of an editable install in .* was moved or deleted: /m,
    by: 'told',
  },
  {
    what: 'its Python was deleted',
    make(world) {
      venv(world);
      for (const name of ['python3', 'python']) rmSync(join(world.project, '.venv/bin', name), { force: true });
      symlinkSync('/nowhere/python3', join(world.project, '.venv/bin/python3'));
    },
    found: /^python-version: the Python of .* is missing: it was \/nowhere/m,
    by: 'approve',
  },
  ...UVS.map((tool) => ({
    what: `${tool}: its Python was deleted`,
    tools: [tool],
    make(world: World) {
      uvSync(world);
      for (const name of ['python3', 'python']) rmSync(join(world.project, '.venv/bin', name), { force: true });
      symlinkSync('/nowhere/python3', join(world.project, '.venv/bin/python'));
    },
    found: /^python-version: the Python of .* is missing/m,
    by: 'approve' as const,
  })),
  {
    what: 'its Python, behind a link, is another one now',
    minors: ['3.11', '3.12'],
    make: (world) =>
      upgraded(world, (python) => {
        world.run(python, '-m', 'venv', '--without-pip', '.venv');
        world.run(...PIP, 'tiny_tool-1.0-py3-none-any.whl');
        world.put('requirements.txt', '--no-index\n--find-links .\ntiny-tool==1.0\n');
      }),
    found: /^python-version: .* was created with Python 3\.11\.\d+, but its interpreter is 3\.12/m,
    by: 'approve',
  },
  ...UVS.map((tool) => ({
    what: `${tool}: its Python, behind a link, is another one now`,
    tools: [tool],
    minors: ['3.11', '3.12'],
    make: (world: World) =>
      upgraded(world, (python) => {
        world.run(python, '-m', 'venv', '--without-pip', '.venv');
        uvSync(world);
      }),
    found: /^python-version: .* was created with Python 3\.11\.\d+, but its interpreter is 3\.12/m,
    by: 'approve' as const,
  })),
  {
    what: 'python -m venv --clear: its packages are lost',
    make: (world) => {
      venv(world);
      world.run('python3', '-m', 'venv', '--clear', '.venv');
    },
    found: /^python-packages: nothing that .*requirements.txt names is installed/m,
    by: 'fix',
  },
  {
    what: 'a pin of requirements.txt was changed',
    make(world) {
      world.run('python3', '-m', 'venv', '.venv');
      world.run('.venv/bin/python', '-m', 'pip', 'install', '-q', '--no-index', 'tiny_tool-1.0-py3-none-any.whl');
      world.run('python3', join(import.meta.dirname, '../fixtures/make-wheel.py'), '.', 'tiny', '2.0');
      world.put('requirements.txt', '--no-index\n--find-links .\ntiny-tool==2.0\n');
    },
    found: /^python-packages: .*: tiny-tool is 1\.0, not 2\.0$/m,
    by: 'fix',
  },
  ...UVS.flatMap((tool) => [
    {
      what: `${tool}: no environment beside uv.lock`,
      tools: [tool],
      make: (world: World) => {
        uvSync(world);
        rmSync(join(world.project, '.venv'), { recursive: true });
      },
      found: /^python-packages: .* has no virtual environment, so nothing that .*uv.lock names is installed/m,
      by: 'fix' as const,
    },
    {
      what: `${tool}: an empty environment beside uv.lock`,
      tools: [tool],
      make: (world: World) => {
        uvSync(world);
        world.run('python3', '-m', 'venv', '--clear', '.venv');
      },
      found: /^python-packages: nothing that .*uv.lock names is installed/m,
      by: 'fix' as const,
    },
    {
      what: `${tool}: a package is gone, in production`,
      tools: [tool],
      make: (world: World) => {
        uvSync(world, { options: ['--no-dev'] });
        // uv 0.3.0 leaves the metadata of a package that it uninstalls.
        world.run(
          '.venv/bin/python',
          '-c',
          'import shutil, glob; [shutil.rmtree(x) for x in glob.glob(".venv/lib/*/site-packages/tiny_tool-*")]',
        );
      },
      found: /^python-packages: .*: tiny-tool 1\.0 is not installed/m,
      by: 'fix' as const,
    },
    {
      what: `${tool}: .python-version 3.12 beside an environment of 3.13`,
      tools: [tool],
      minors: ['3.12', '3.13'],
      make(world: World) {
        world.env = { ...world.env, PATH: `${dirname(pythonNamed('3.12') ?? '')}:${world.env['PATH']}` };
        uvSync(world, { options: ['--python', pythonNamed('3.13') ?? ''] });
        world.put('.python-version', '3.12\n');
      },
      found: /^python-version: .* is 3\.13\.\d+, but .*\.python-version says 3\.12: uv run would delete/m,
      by: 'approve' as const,
    },
  ]),
  {
    what: 'poetry: a package is gone',
    tools: ['poetry'],
    make(world) {
      world.put('pyproject.toml', POETRY_PROJECT);
      world.run('poetry', 'lock', '--no-interaction');
      world.run('poetry', 'install', '--no-interaction');
      world.run(
        'poetry',
        'run',
        'python',
        '-c',
        'import shutil, glob; [shutil.rmtree(x) for x in glob.glob(".venv/lib/*/site-packages/tiny_tool-*")]',
      );
    },
    found: /^python-packages: .*: tiny-tool 1\.0 is not installed$/m,
    by: 'fix',
  },
  {
    what: 'env/ is activated, and the project was renamed',
    make(world) {
      world.run('python3', '-m', 'venv', '--without-pip', 'env');
      const bin = join(world.project, 'env/bin');
      world.env = { ...world.env, VIRTUAL_ENV: join(world.project, 'env'), PATH: `${bin}:${world.env['PATH']}` };
      rename(world, 'new');
    },
    found: MOVED,
    by: 'told',
  },
  {
    what: 'the activated environment was deleted',
    make(world) {
      world.env = { ...world.env, VIRTUAL_ENV: join(world.root, 'gone') };
    },
    found: /^venv-moved: VIRTUAL_ENV is .*gone, which is not a virtual environment any more/m,
    by: 'told',
  },
];
