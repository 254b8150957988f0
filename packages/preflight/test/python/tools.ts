import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LONG } from '@pm/testing';
import { fixture } from '../stage.ts';

const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/python-tools', import.meta.url));

/** Tools of Python, by the name of what pip installs. The oldest uv that makes environments is 0.1.0, the oldest that syncs a lock 0.3.0. */
export const TOOLS = {
  uv: ['uv'],
  'uv 0.1.0': ['uv==0.1.0'],
  'uv 0.3.0': ['uv==0.3.0'],
  virtualenv: ['virtualenv'],
  poetry: ['poetry'],
  pipx: ['pipx'],
  pipenv: ['pipenv'],
} as const;
export type Tool = keyof typeof TOOLS;

/** Whether a tool is here; in the long tests it is installed from the package registry, once. What is absent is named. */
export function hasTool(tool: Tool): boolean {
  if (LONG && !existsSync(folderOf(tool))) install(tool);
  return LONG && existsSync(folderOf(tool));
}

/** Other test files may install the same tool now. A virtual environment cannot be moved, so a link says that one is complete. */
function install(tool: Tool): void {
  mkdirSync(CACHE, { recursive: true });
  const own = mkdtempSync(`${folderOf(tool)}.`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...TOOLS[tool]];
  const isMade = [['python3', '-m', 'venv', own] as const, [join(own, 'bin/python'), ...pip] as const].every(
    ([program, ...args]) => spawnSync(program, args).status === 0,
  );
  if (!isMade) console.warn(`${tool} is not here, and is not tried: python3 -m pip install '${TOOLS[tool]}' fails`);
  if (!isMade || !isLinked(own, folderOf(tool))) rmSync(own, { recursive: true, force: true });
}

/** False if another test file was first. */
function isLinked(folder: string, path: string): boolean {
  try {
    symlinkSync(folder, path);
    return true;
  } catch {
    return false;
  }
}

function folderOf(tool: Tool): string {
  return join(CACHE, tool.replace(' ', '-'));
}

/** The folder of the programs of a tool. */
export function binOf(tool: Tool): string {
  return join(folderOf(tool), 'bin');
}

/** The version that a tool says it has. */
export function versionOf(tool: Tool): string {
  const name = tool.split(' ')[0] ?? '';
  const { stdout } = spawnSync(join(binOf(tool), name), ['--version'], { encoding: 'utf8' });
  return /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? 'unknown';
}

const pythons = new Map<string, string | undefined>();

/** The interpreter of a minor version, without the shim of a version manager; undefined if there is none. Each is looked for once. */
export function pythonNamed(minor: string): string | undefined {
  if (!pythons.has(minor)) pythons.set(minor, findPython(minor));
  return pythons.get(minor);
}

function findPython(minor: string): string | undefined {
  const ofPyenv = spawnSync('pyenv', ['prefix', minor], { encoding: 'utf8' });
  const named = ofPyenv.status === 0 ? join(ofPyenv.stdout.trim(), 'bin', `python${minor}`) : `python${minor}`;
  const ask = ['-c', 'import sys, ensurepip; print(sys.executable)'];
  const { status, stdout } = spawnSync(named, ask, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Makes the wheels of two small packages in a folder: `tiny-tool` to run, `test-tool` for development. */
export function putWheels(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const script of ['tiny', 'test']) spawnSync('python3', [fixture('make-wheel.py'), folder, script]);
}

export const WHEELS = { tiny: 'tiny_tool-1.0-py3-none-any.whl', test: 'test_tool-1.0-py3-none-any.whl' } as const;

const BACKEND = '[build-system]\nrequires = []\nbuild-backend = "tiny_backend"\nbackend-path = ["."]\n';

/** The files of a project that is installed in place: a module of its name in src/. */
export function sourceOf(
  name: string,
  pyproject = `[project]\nname = "${name}"\nversion = "1.0"\n`,
): Record<string, string> {
  return {
    'pyproject.toml': `${pyproject}\n${BACKEND}`,
    'tiny_backend.py': readFileSync(fixture('tiny_backend.py'), 'utf8'),
    [`src/${name}.py`]: 'answer = 42\n',
  };
}

/** A project of uv that needs tiny-tool, and test-tool for development. */
export const UV_PROJECT = `[project]
name = "ours"
version = "1.0"
requires-python = ">=3.8"
dependencies = ["tiny-tool"]

[project.optional-dependencies]
more = ["test-tool"]

[tool.uv]
dev-dependencies = ["test-tool"]

[tool.uv.sources]
tiny-tool = { path = "${WHEELS.tiny}" }
test-tool = { path = "${WHEELS.test}" }
`;

/** The same for Poetry. */
export const POETRY_PROJECT = `[tool.poetry]
name = "ours"
version = "1.0"
description = ""
authors = []
package-mode = false

[tool.poetry.dependencies]
python = ">=3.8"
tiny-tool = { path = "${WHEELS.tiny}" }

[tool.poetry.group.dev.dependencies]
test-tool = { path = "${WHEELS.test}" }

[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
`;
