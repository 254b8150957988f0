import { parse } from 'smol-toml';
import { type Found, type ProjectFile, UPWARDS } from './found-step.ts';

/** Files of pip and pipenv, the usual ones first. */
const REQUIREMENTS = [
  'Pipfile',
  'requirements.txt',
  'requirements-dev.txt',
  'dev-requirements.txt',
  'requirements/dev.txt',
];

/** Tests, lint and types of a Python project, run as the project runs them: by uv, by poetry, or by the Python of its environment. */
export function pythonSteps(file: ProjectFile): Found[] {
  const project = pyprojectOf(file('pyproject.toml'));
  const lists = [
    ...requirementsOf(project),
    ...REQUIREMENTS.map((name) => ({ in: name, text: file(name) ?? '', flags: undefined })),
  ];
  const tool = (name: string): Found | undefined => {
    const list = lists.find(({ text }) => new RegExp(`(?:^|["'\\s])${name}\\b`, 'm').test(text));
    return list && { command: [...runnerOf(file, project, list.flags), name], from: list.in };
  };
  const django = djangoSteps(file, runnerOf(file, project));
  const pytest = tool('pytest') ?? configuredPytest(file, project);
  const ruff = tool('ruff');
  const mypy = tool('mypy');
  const test = pytest === undefined ? sessions(file, project) : [{ ...pytest, step: 'test' }];
  return [
    ...test,
    ...django.filter(({ step }) => step !== 'test' || test.length === 0),
    ...(ruff === undefined ? [] : [{ ...ruff, command: [...ruff.command, 'check', '.'], step: 'lint' }]),
    ...(mypy === undefined ? [] : [{ ...mypy, command: [...mypy.command, '.'], step: 'typecheck' }]),
  ];
}

/** pytest that is set up, but named by no list of packages: it may come from a list that we do not know. */
function configuredPytest(file: ProjectFile, { tool }: Pyproject): Found | undefined {
  const from =
    tool?.['pytest'] !== undefined
      ? 'pyproject.toml'
      : ['pytest.ini', 'conftest.py'].find((name) => file(name) !== undefined);
  return from === undefined ? undefined : { command: [...runnerOf(file, { tool }), 'pytest'], from };
}

/** A project that names pytest nowhere else may leave it to tox or nox, which make environments of their own. */
function sessions(file: ProjectFile, { tool }: Pyproject): Found[] {
  if (file('tox.ini') !== undefined) return [{ command: ['tox'], step: 'test', from: 'tox.ini' }];
  if (tool?.['tox'] !== undefined) return [{ command: ['tox'], step: 'test', from: 'pyproject.toml' }];
  if (file('noxfile.py') !== undefined) return [{ command: ['nox'], step: 'test', from: 'noxfile.py' }];
  return [];
}

function djangoSteps(file: ProjectFile, runner: readonly string[]): Found[] {
  if (!/\bdjango\b/i.test(file('manage.py') ?? '')) return [];
  const python = runner.at(-1) === '-m' ? runner.slice(0, -1) : [...runner, 'python'];
  return ['test', 'check'].map((step) => ({ command: [...python, 'manage.py', step], step, from: 'manage.py' }));
}

/** `uv run`, `poetry run`, `pdm run`, `pipenv run`, or `python -m`. */
function runnerOf(file: ProjectFile, { tool }: Pyproject, flags: readonly string[] = []): string[] {
  if (file('uv.lock') !== undefined || tool?.['uv'] !== undefined) return ['uv', 'run', ...flags];
  if (file('poetry.lock') !== undefined || tool?.['poetry'] !== undefined) return ['poetry', 'run'];
  if (file('pdm.lock') !== undefined || tool?.['pdm'] !== undefined) return ['pdm', 'run'];
  if (file('Pipfile') !== undefined) return ['pipenv', 'run'];
  const venv = UPWARDS.flatMap((above) => [`${above}.venv`, `${above}venv`]).find(
    (folder) => file(`${folder}/pyvenv.cfg`) !== undefined,
  );
  return [venv === undefined ? 'python3' : `${venv}/bin/python`, '-m'];
}

interface Pyproject {
  readonly project?: { readonly dependencies?: unknown; readonly 'optional-dependencies'?: unknown };
  readonly 'dependency-groups'?: unknown;
  readonly tool?: Readonly<Record<string, unknown>> | undefined;
}

function pyprojectOf(text: string | undefined): Pyproject {
  try {
    return text === undefined ? {} : parse(text);
  } catch {
    return {};
  }
}

/** A list of packages, and what `uv run` needs to install it. */
interface Requirements {
  readonly in: string;
  readonly text: string;
  /** Undefined: it is not a list of uv. */
  readonly flags: readonly string[] | undefined;
}

/** uv installs the packages of the project and the group `dev`; other groups and extras have to be asked for. */
function requirementsOf({ project, 'dependency-groups': groups, tool }: Pyproject): Requirements[] {
  const named = (table: unknown, flag: string): Requirements[] =>
    Object.entries({ ...Object(table) }).map(([name, list]) => ({
      in: 'pyproject.toml',
      text: linesOf(list),
      flags: flag === '--group' && name === 'dev' ? [] : [flag, name],
    }));
  return [
    { in: 'pyproject.toml', text: linesOf(project?.dependencies), flags: [] },
    ...named(groups, '--group'),
    { in: 'pyproject.toml', text: linesOf(Object(tool?.['uv'])['dev-dependencies']), flags: [] },
    { in: 'pyproject.toml', text: JSON.stringify(tool?.['poetry'] ?? ''), flags: [] },
    ...named(project?.['optional-dependencies'], '--extra'),
  ];
}

function linesOf(list: unknown): string {
  return Array.isArray(list) ? list.filter((line) => typeof line === 'string').join('\n') : '';
}
