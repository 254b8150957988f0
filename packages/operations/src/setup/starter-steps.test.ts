import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { starterSteps } from './starter-steps.ts';

type Files = Readonly<Record<string, string>>;

const SCRIPTS = JSON.stringify({ scripts: { test: 'vitest', build: 'tsc', dev: 'vite', 'test:unit': 'vitest' } });
const MANAGED = JSON.stringify({ scripts: { test: 'x' }, packageManager: 'npm@11.0.0' });
const EXTRA = '[project]\nname = "x"\n[project.optional-dependencies]\ndev = ["pytest>=8", "ruff"]\n';
const GROUPS = '[project]\nname = "x"\n[dependency-groups]\ndev = ["pytest>=8"]\nlint = ["ruff", "mypy>=1"]\n';
const POETRY = '[tool.poetry]\nname = "x"\n[tool.poetry.group.dev.dependencies]\npytest = "^8"\n';
const DJANGO = '#!/usr/bin/env python\nimport os\nfrom django.core.management import execute_from_command_line\n';
const POM = '<project><properties><maven.compiler.release>21</maven.compiler.release></properties></project>';

describe('starterSteps', () => {
  test.each<[what: string, files: Files, steps: Record<string, string>]>([
    ['an empty project', {}, {}],
    ['npm scripts that end', { 'package.json': SCRIPTS }, { test: 'npm run test', build: 'npm run build' }],
    ...[
      ['pnpm-lock.yaml', 'pnpm'],
      ['yarn.lock', 'yarn'],
      ['bun.lock', 'bun'],
      ['bun.lockb', 'bun'],
    ].map(([lock = '', manager = '']): [string, Files, Record<string, string>] => [
      `the package manager of ${lock}`,
      { 'package.json': SCRIPTS, [lock]: '' },
      { test: `${manager} run test`, build: `${manager} run build` },
    ]),
    [
      'the package manager that is declared, beside a lock that was left over',
      { 'package.json': MANAGED, 'yarn.lock': '' },
      { test: 'npm run test' },
    ],
    ...[{ name: 'pnpm' }, { name: 'pnpm', version: '>=9' }, [{ name: 'pnpm' }, { name: 'npm' }]].map(
      (packageManager): [string, Files, Record<string, string>] => [
        `devEngines: ${JSON.stringify(packageManager)}`,
        { 'package.json': JSON.stringify({ scripts: { test: 'x' }, devEngines: { packageManager } }), 'yarn.lock': '' },
        { test: 'pnpm run test' },
      ],
    ),
    [
      'the test that npm init writes',
      { 'package.json': '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}' },
      {},
    ],
    [
      'a package.json that cannot be read',
      { 'package.json': '{', 'go.mod': '' },
      { test: 'go test ./...', build: 'go build ./...', 'go-vet': 'go vet ./...' },
    ],
    ['a package.json of another shape', { 'package.json': '{"scripts":["test"]}' }, {}],
    ['null', { 'package.json': 'null' }, {}],
    ['pytest that is set up', { 'pyproject.toml': '[tool.pytest.ini_options]' }, { test: 'python3 -m pytest' }],
    ['pytest in conftest.py', { 'conftest.py': '' }, { test: 'python3 -m pytest' }],
    [
      'uv with an extra',
      { 'pyproject.toml': EXTRA, 'uv.lock': '' },
      { test: 'uv run --extra dev pytest', lint: 'uv run --extra dev ruff check .' },
    ],
    [
      'uv with groups: only dev needs no flag',
      { 'pyproject.toml': GROUPS, 'uv.lock': '' },
      { test: 'uv run pytest', lint: 'uv run --group lint ruff check .', typecheck: 'uv run --group lint mypy .' },
    ],
    [
      'uv without a lock',
      { 'pyproject.toml': '[project]\nname="x"\ndependencies = ["pytest"]\n[tool.uv]\n' },
      { test: 'uv run pytest' },
    ],
    ['poetry', { 'pyproject.toml': POETRY, 'poetry.lock': '' }, { test: 'poetry run pytest' }],
    ['pip', { 'requirements.txt': 'flask==3.0\npytest==8.2\n' }, { test: 'python3 -m pytest' }],
    [
      'pip, with a virtual environment',
      { 'requirements-dev.txt': 'pytest\n', '.venv/pyvenv.cfg': '' },
      { test: '.venv/bin/python -m pytest' },
    ],
    [
      'Django',
      { 'manage.py': DJANGO, 'requirements.txt': 'django\n', 'venv/pyvenv.cfg': '' },
      { test: 'venv/bin/python manage.py test', check: 'venv/bin/python manage.py check' },
    ],
    [
      'Django under uv, with pytest',
      { 'manage.py': DJANGO, 'pyproject.toml': '[dependency-groups]\ndev=["pytest-django", "pytest"]', 'uv.lock': '' },
      { test: 'uv run pytest', check: 'uv run python manage.py check' },
    ],
    ['a manage.py of something else', { 'manage.py': 'print("x")' }, {}],
    ['Python without pytest', { 'pyproject.toml': '[project]' }, {}],
    ['a pyproject.toml that cannot be read', { 'pyproject.toml': '[[[ pytest' }, {}],
    ['pipenv', { Pipfile: '[dev-packages]\npytest = "*"\n', '.venv/pyvenv.cfg': '' }, { test: 'pipenv run pytest' }],
    [
      'pdm',
      { 'pyproject.toml': GROUPS, 'pdm.lock': '' },
      { test: 'pdm run pytest', lint: 'pdm run ruff check .', typecheck: 'pdm run mypy .' },
    ],
    ['tox', { 'tox.ini': '[testenv]\ncommands = unittest\n', 'setup.py': '' }, { test: 'tox' }],
    ['tox in pyproject.toml', { 'pyproject.toml': '[tool.tox]\nenv_list = ["3.12"]\n' }, { test: 'tox' }],
    ['nox', { 'noxfile.py': 'import nox\n' }, { test: 'nox' }],
    ['tox and pytest: what is quicker', { 'tox.ini': '', 'requirements.txt': 'pytest' }, { test: 'python3 -m pytest' }],
    ['cargo', { 'Cargo.toml': '' }, { test: 'cargo test', build: 'cargo build' }],
    ['Maven', { 'pom.xml': POM }, { test: 'mvn -B test', build: 'mvn -B -DskipTests package' }],
    [
      'Maven with its wrapper',
      { 'pom.xml': POM, mvnw: '' },
      { test: './mvnw -B test', build: './mvnw -B -DskipTests package' },
    ],
    ['Gradle', { 'build.gradle.kts': '', gradlew: '' }, { test: './gradlew test', build: './gradlew build' }],
    [
      'just',
      { justfile: 'default:\n\techo\ntest *args: build\n\tx\n@lint:\n\ty\nbuild:\n\tz\ncheck := "no"\n' },
      { test: 'just test', build: 'just build', lint: 'just lint' },
    ],
    ['a makefile, but not its variables', { Makefile: 'build := x\ntest: all\n\techo\n' }, { test: 'make test' }],
    [
      'several targets on one line, and double colons',
      { Makefile: '.PHONY: build\ntest lint: a\n\techo\ncheck::\n\techo\nbuild ::= x\nall typecheck :\n' },
      { test: 'make test', lint: 'make lint', typecheck: 'make typecheck', check: 'make check' },
    ],
    [
      'two of a kind: the second says whose it is',
      { 'package.json': SCRIPTS, Makefile: 'test:\n' },
      { test: 'npm run test', build: 'npm run build', 'make-test': 'make test' },
    ],
  ])('%s', (_what, files, steps) => {
    const found = starterSteps((name) => files[name]);
    expect(Object.fromEntries(found.map(({ step, command }) => [step, command.join(' ')]))).toEqual(steps);
  });

  test.each<[what: string, files: Files, checks: readonly string[] | undefined]>([
    ['Maven and its version of Java', { 'pom.xml': POM }, ['command:java >=21']],
    ['Java 8 by its old name', { 'pom.xml': '<java.version>1.8</java.version>' }, ['command:java >=8']],
    ['Maven that names no version', { 'pom.xml': '' }, ['command:java']],
    ['Gradle', { 'build.gradle': '' }, ['command:java']],
    ['Rust', { 'Cargo.toml': 'rust-version = "1.80"' }, ['command:rustc >=1.80']],
    ['npm: what applies is enough', { 'package.json': SCRIPTS }, undefined],
  ])('the checks of %s', (_what, files, checks) => {
    expect(starterSteps((name) => files[name])[0]?.checks).toEqual(checks);
  });

  test('projects in folders have their name before the step, and their folder', () => {
    const files: Record<string, Files> = {
      frontend: { 'package.json': SCRIPTS },
      'services/api': { 'requirements.txt': 'pytest' },
    };
    const inside = Object.fromEntries(Object.entries(files).map(([name, own]) => [name, (file: string) => own[file]]));
    expect(starterSteps(() => undefined, inside)).toMatchObject([
      { step: 'frontend-test', cwd: 'frontend', command: ['npm', 'run', 'test'], from: 'frontend/package.json' },
      { step: 'frontend-build', cwd: 'frontend' },
      { step: 'services-api-test', cwd: 'services/api', command: ['python3', '-m', 'pytest'] },
    ]);
  });

  test.each<[what: string, files: Files, command: string]>([
    [
      'an environment above',
      { 'services/api/manage.py': DJANGO, '.venv/pyvenv.cfg': '' },
      '../../.venv/bin/python manage.py test',
    ],
    [
      'its own environment first',
      { 'services/api/manage.py': DJANGO, 'services/api/venv/pyvenv.cfg': '', '.venv/pyvenv.cfg': '' },
      'venv/bin/python manage.py test',
    ],
    ['a lockfile above', { 'services/api/package.json': SCRIPTS, 'pnpm-lock.yaml': '' }, 'pnpm run test'],
    [
      'its own lockfile first',
      { 'services/api/package.json': SCRIPTS, 'services/api/package-lock.json': '', 'yarn.lock': '' },
      'npm run test',
    ],
    [
      'what is declared above',
      { 'services/api/package.json': SCRIPTS, 'package.json': '{"packageManager":"yarn@4.0.0"}' },
      'yarn run test',
    ],
  ])('a project in a folder uses %s', (_what, files, command) => {
    const above = (name: string): string | undefined => files[join('services/api', name)];
    const [first] = starterSteps(() => undefined, { 'services/api': above });
    expect(first?.command.join(' ')).toBe(command);
  });
});
