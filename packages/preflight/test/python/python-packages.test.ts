import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Finding } from '../../src/index.ts';
import { canMakeVenvs, copyVenv, siteOf } from '../snake.ts';
import { type Stage, test } from '../stage.ts';

const UV = `version = 1
requires-python = ">=3.8"

[manifest]
members = ["ours", "side"]

[[package]]
name = "ours"
version = "1.0"
source = { editable = "." }
dependencies = [
    { name = "flask" },
    { name = "colorama", marker = "sys_platform == 'win32'" },
    { name = "torch", version = "2.1", source = { registry = "a" }, marker = "sys_platform != 'darwin'" },
    { name = "torch", version = "2.2", source = { registry = "b" }, marker = "sys_platform == 'darwin'" },
    { name = "lib" },
]

[package.optional-dependencies]
plot = [{ name = "pillow" }, { name = "numpy" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }, { name = "ruff" }]
lint = [{ name = "black" }]

[[package]]
name = "side"
version = "1.0"
source = { editable = "packages/side" }
dependencies = [{ name = "attrs" }]

[[package]]
name = "lib"
version = "0.3"
source = { editable = "../lib" }

[[package]]
name = "flask"
version = "3.0.0"
dependencies = [{ name = "markup-safe", extra = ["fast"] }, { name = "tomli", marker = "python_full_version < '3.0'" }]

[[package]]
name = "markup-safe"
version = "2.1"

[package.optional-dependencies]
fast = [{ name = "speedups" }]
${['speedups', 'tomli', 'colorama', 'pillow', 'numpy', 'pytest', 'ruff', 'black', 'attrs'].map((name) => `\n[[package]]\nname = "${name}"\nversion = "1.0"\n`).join('')}
[[package]]
name = "torch"
version = "2.1"

[[package]]
name = "torch"
version = "2.2"
`;
const MAIN = ['flask-3.0.0', 'markup_safe-2.1', 'speedups-1.0.0', 'torch-2.1+cpu', 'lib-0.4'];

/** Puts the metadata of packages into an environment, as installers do. */
function install({ folder }: Stage, packages: readonly string[]): void {
  for (const name of packages) mkdirSync(join(siteOf(join(folder, '.venv')), `${name}.dist-info`));
}

async function askWith(
  stage: Stage,
  file: string,
  text: string,
  packages: readonly string[],
  spec = {},
): Promise<Finding> {
  if (!existsSync(join(stage.folder, '.venv'))) copyVenv(join(stage.folder, '.venv'));
  stage.put(file, text);
  install(stage, packages);
  return stage.ask({ check: 'python-packages', ...spec });
}

describe.skipIf(!canMakeVenvs)('a uv.lock', () => {
  test.for<[what: string, packages: string[], differences: string]>([
    ['all of it', [...MAIN, 'pytest-1.0', 'ruff-1.0'], ''],
    ['without the packages for development', MAIN, ''],
    ['with another group', [...MAIN, 'black-1.0'], ''],
    ['with an extra', [...MAIN, 'pillow-1.0', 'numpy-1.0'], ''],
    ['with one package of an extra, which came by hand', [...MAIN, 'numpy-1.0'], ''],
    ['with packages that it does not name', [...MAIN, 'pip-24.0', 'ipython-8.0'], ''],
    ['with names that are written differently', [...MAIN.slice(2), 'Flask-3.0.0', 'Markup.Safe-2.1'], ''],
    ['only another project of the workspace', ['attrs-1.0'], ''],
    ['only another group', ['black-1.0'], ''],
    ['one package less', MAIN.slice(1), 'does not have .*: flask 3.0.0 is not installed$'],
    ['one in another version', ['flask-2.9', ...MAIN.slice(1)], 'flask is 2.9, not 3.0.0$'],
    [
      'one that is needed only by another',
      MAIN.filter((name) => !name.startsWith('speed')),
      'speedups 1.0 is not inst',
    ],
    ['half of the packages for development', [...MAIN, 'ruff-1.0'], ': pytest 1.0 is not installed$'],
    ['an extra in another version', [...MAIN, 'numpy-0.9'], ': numpy is 0.9, not 1.0$'],
    ['nothing', [], 'nothing that .*uv.lock names is installed .*flask.* and 3 more$'],
    ['only pip', ['pip-24.0', 'setuptools-70'], 'nothing that .*uv.lock names'],
  ])('%s', async ([, packages, differences], { stage }) => {
    const found = await askWith(stage, 'uv.lock', UV, packages);
    expect(found).toMatchObject(
      differences === ''
        ? { state: 'pass' }
        : {
            state: 'fail',
            evidence: expect.stringMatching(differences),
            remedies: [{ safety: 'safe', cwd: stage.folder }],
          },
    );
  });

  test.for<[what: string, packages: string[], spec: object, words: string]>([
    ['of an empty environment is plain', [], {}, ''],
    ['keeps what is installed', MAIN.slice(1).concat('pytest-1.0', 'ruff-1.0'), {}, '--inexact'],
    ['repeats production', MAIN.slice(1), {}, '--inexact --no-dev'],
    ['repeats an extra', [...MAIN.slice(1), 'ruff-1.0', 'numpy-1.0', 'pillow-0.9'], {}, '--inexact --extra plot'],
    ['repeats a group', [...MAIN.slice(1), 'ruff-1.0', 'black-1.0'], {}, '--inexact --group lint'],
    [
      'has what the options name',
      MAIN,
      { extras: ['plot'], groups: ['dev'] },
      '--inexact --extra plot --group dev --no-dev',
    ],
  ])('the remedy %s', async ([, packages, spec, words], { stage }) => {
    const { remedies } = await askWith(stage, 'uv.lock', UV, packages, spec);
    const argv = ['uv', 'sync', '--frozen', ...words.split(' ').filter(Boolean)];
    expect(remedies).toEqual([{ argv, safety: 'safe', cwd: stage.folder }]);
  });

  test('without an environment nothing is installed; a project of uv may use another folder', async ({ stage }) => {
    stage.put('uv.lock', UV);
    expect(await stage.ask('python-packages')).toMatchObject({
      state: 'fail',
      evidence: expect.stringContaining('has no virtual environment'),
      remedies: [{ argv: ['uv', 'sync', '--frozen'], safety: 'safe', cwd: stage.folder }],
    });
    mkdirSync(join(stage.folder, 'x'));
    const venv = copyVenv(join(stage.folder, 'x/.venv'));
    for (const name of MAIN) mkdirSync(join(siteOf(venv), `${name}.dist-info`));
    for (const there of ['x/.venv', venv])
      expect(await stage.ask('python-packages', { UV_PROJECT_ENVIRONMENT: there })).toMatchObject({ state: 'pass' });
    expect(await stage.ask('python-packages', { VIRTUAL_ENV: venv })).toMatchObject({ state: 'pass' });
  });

  test('a sync that would create the environment again needs approval', async ({ stage }) => {
    stage.put('.python-version', '3.6');
    const { remedies } = await askWith(stage, 'uv.lock', UV, []);
    expect(remedies).toMatchObject([{ safety: 'needs-approval' }]);
  });

  test('that cannot be read says nothing', async ({ stage }) => {
    for (const text of ['[[package', 'version = 9', '', 'package = 3'])
      expect(await askWith(stage, 'uv.lock', text, [])).toMatchObject({ state: 'inconclusive' });
  });
});

describe.skipIf(!canMakeVenvs)('another list', () => {
  const POETRY = (name: string, groups: string, more = ''): string =>
    `[[package]]\nname = "${name}"\nversion = "1.0"\noptional = false\n${groups}\n${more}\n`;
  const POETRY_2 = [
    POETRY('flask', 'groups = ["main"]'),
    POETRY('colorama', 'groups = ["main", "dev"]', 'markers = "sys_platform == \\"win32\\""'),
    POETRY(
      'tomli',
      'groups = ["main", "dev"]',
      'markers = {main = "python_version < \\"3\\"", dev = "python_version >= \\"3\\""}',
    ),
    POETRY('pytest', 'groups = ["dev"]'),
    POETRY('redis', 'groups = ["main"]').replace('false', 'true'),
  ].join('\n');
  const POETRY_1 = [
    POETRY(
      'flask',
      '',
      '[package.dependencies]\nclick = ">=1"\ncolorama = {version = "*", markers = "os_name == \\"nt\\""}',
    ),
    ...['click', 'colorama', 'pytest'].map((name) => POETRY(name, '')),
  ].join('\n');
  const PIPFILE = JSON.stringify({
    default: {
      flask: { version: '==1.0', markers: "python_version >= '3'" },
      colorama: { version: '==1.0', markers: "os_name == 'nt'" },
    },
    develop: { pytest: { version: '==1.0' } },
  });
  const PYLOCK = `lock-version = "1.0"\n[[packages]]\nname = "flask"\nversion = "1.0"\n[[packages]]\nname = "x"\nversion = "1.0"\nmarker = "'dev' in dependency_groups"\n`;
  const PINS = `--index-url https://example.org/simple
-r more/base.txt
-c constraints.txt
-e ../lib
flask[async]==1.0 ; python_version >= "3" \\
    --hash=sha256:00 \\
    --hash=sha256:11
colorama==1.0 ; sys_platform == "win32"   # for Windows
click>=1,<2
ours @ https://example.org/ours-1.0.tar.gz
./wheels/theirs-1.0-py3-none-any.whl
`;
  test.for<[what: string, file: string, text: string, packages: string, state: string, evidence: RegExp]>([
    ['Poetry 2: production', 'poetry.lock', POETRY_2, 'flask-1.0', 'pass', /: 1, without those for development$/],
    ['Poetry 2: all', 'poetry.lock', POETRY_2, 'flask-1.0 pytest-1.0 tomli-1.0', 'pass', /: 1$/],
    ['Poetry 2: half', 'poetry.lock', POETRY_2, 'flask-1.0 pytest-1.0', 'fail', /: tomli 1.0 is not installed$/],
    ['Poetry 2: nothing', 'poetry.lock', POETRY_2, '', 'fail', /^nothing that /],
    ['Poetry 1: production', 'poetry.lock', POETRY_1, 'flask-1.0 click-1.0', 'pass', /: 2$/],
    ['Poetry 1: a dependency is gone', 'poetry.lock', POETRY_1, 'flask-1.0', 'fail', /: click 1.0 is not installed$/],
    [
      'Poetry 1: another version',
      'poetry.lock',
      POETRY_1,
      'flask-1.0 click-1.0 pytest-2.0',
      'fail',
      /: pytest is 2.0, not 1.0$/,
    ],
    ['Pipenv: production', 'Pipfile.lock', PIPFILE, 'flask-1.0', 'pass', /: 1, without/],
    ['Pipenv: another version', 'Pipfile.lock', PIPFILE, 'flask-2.0', 'fail', /flask is 2.0, not 1.0/],
    ['pylock.toml', 'pylock.toml', PYLOCK, 'flask-1.0', 'pass', /: 1$/],
    ['pylock.toml: nothing', 'pylock.toml', PYLOCK, 'pip-24', 'fail', /flask 1.0 is not installed/],
    ['requirements', 'requirements.txt', PINS, 'flask-1.0 click-1.5 jinja2-3.0 ours-1.0 theirs-1.0', 'pass', /: 5$/],
    [
      'requirements: a pin',
      'requirements.txt',
      PINS,
      'flask-1.1 click-1.5 jinja2-3.0 ours-1 theirs-1.0',
      'fail',
      /: flask is 1.1, not 1.0$/,
    ],
    [
      'requirements: a range',
      'requirements.txt',
      PINS,
      'flask-1.0 click-2.5 jinja2-3.0 ours-1 theirs-1.0',
      'fail',
      /: click is 2.5, not >=1,<2/,
    ],
    [
      'requirements: included',
      'requirements.txt',
      PINS,
      'flask-1.0 click-1.5 ours-1 theirs-1.0',
      'fail',
      /: jinja2 3.0 is not installed$/,
    ],
    [
      'requirements: constrained',
      'requirements.txt',
      PINS,
      'flask-1.0 click-1.5 jinja2-2.9 ours-1 theirs-1.0',
      'fail',
      /: jinja2 is 2.9, not 3.0$/,
    ],
    [
      'pyproject',
      'pyproject.toml',
      '[project]\nname="o"\ndependencies=["flask>=1; os_name != \'nt\'"]',
      'flask-1.0',
      'pass',
      /: 1$/,
    ],
    [
      'pyproject: nothing',
      'pyproject.toml',
      '[project]\nname="o"\ndependencies=["flask"]',
      'pip-24',
      'fail',
      /flask is not/,
    ],
    ['pyproject without a dependency', 'pyproject.toml', '[project]\nname="o"', '', 'pass', /: 0$/],
  ])('%s', async ([, file, text, packages, state, evidence], { stage }) => {
    stage.put('constraints.txt', 'jinja2==3.0\nnobody-needs-this==9\n');
    mkdirSync(join(stage.folder, 'more'));
    stage.put('more/base.txt', '-r ../requirements.txt\nJinja2\n');
    if (file === 'poetry.lock')
      stage.put('pyproject.toml', '[tool.poetry.dependencies]\npython = "^3.8"\nflask = "^1"\n');
    const found = await askWith(stage, file, text, packages.split(' ').filter(Boolean));
    expect(found).toMatchObject({ state, evidence: expect.stringMatching(evidence) });
  });

  test('of a project above is not for an environment inside of it', async ({ stage }) => {
    mkdirSync(join(stage.folder, '.git'));
    mkdirSync(join(stage.folder, 'inner'));
    stage.put('uv.lock', UV);
    copyVenv(join(stage.folder, 'inner/.venv'));
    expect(await stage.askIn(join(stage.folder, 'inner'), 'python-packages')).toMatchObject({ state: 'skip' });
  });

  test('pins are installed without asking, ranges are not', async ({ stage }) => {
    const ask = (text: string): Promise<Finding> => askWith(stage, 'requirements.txt', text, []);
    expect((await ask('flask==1.0\n')).remedies).toMatchObject([{ safety: 'safe' }]);
    expect((await ask('flask>=1.0\n')).remedies).toMatchObject([{ safety: 'needs-approval' }]);
  });

  test('is not compared where its Python does not run: that is a failure of its own', async ({ stage }) => {
    copyVenv(join(stage.folder, '.venv'));
    stage.put('requirements.txt', 'flask==1.0\n');
    const python = join(stage.folder, '.venv/bin/python');
    rmSync(python);
    writeFileSync(python, '#!/bin/sh\necho "cannot open libpython3.12.so.1.0" >&2\nexit 127\n', { mode: 0o755 });
    const found = await stage.ask('python-packages');
    expect(found).toMatchObject({
      state: 'fail',
      evidence: `${python} does not run: cannot open libpython3.12.so.1.0`,
    });
  });
});
