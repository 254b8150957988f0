import fc from 'fast-check';
import { expect, test } from 'vitest';
import { likelyCause } from './diagnose.ts';

const OLD = '/old/.venv/bin/python3';

test.each<[what: string, line: string, exitCode: number, spec: string | undefined, command?: string]>([
  ['Python says it', "ModuleNotFoundError: No module named 'your_package'", 1, 'python-module:your_package'],
  [
    'pytest quotes it',
    "E   ModuleNotFoundError: No module named 'your_package.data'",
    2,
    'python-module:your_package.data',
  ],
  [
    'of a module that was to be run',
    '/usr/bin/python3.11: No module named pytest',
    1,
    'python-module:pytest /usr/bin/python3.11',
  ],
  [
    'of the interpreter that was run',
    "ModuleNotFoundError: No module named 'a'",
    1,
    'python-module:a python3',
    'python3',
  ],
  ['of one by its path', "ModuleNotFoundError: No module named 'a'", 1, 'python-module:a x/bin/python', 'x/bin/python'],
  ['Node says it', "Error: Cannot find module 'left-pad'", 1, 'node-modules'],
  [
    'Node says it of a scope',
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@a/b' imported from /x.mjs",
    1,
    'node-modules',
  ],
  ['a file of our own is no package', "Error: Cannot find module './config'", 1, undefined],
  ['nor one by its path', "Error: Cannot find module '/srv/x.js'", 1, undefined],
  [
    'bash up to 5.1',
    `bash: /p/.venv/bin/pytest: ${OLD}: bad interpreter: No such file or directory`,
    126,
    'venv-scripts:/p/.venv',
  ],
  ['zsh', `zsh: .venv/bin/pytest: bad interpreter: ${OLD}: no such file or directory`, 126, 'venv-scripts:.venv'],
  ['bash 5.2', 'run.sh: line 3: .venv/bin/pytest: cannot execute: required file not found', 127, 'venv-scripts:.venv'],
  ['dash', 'sh: 1: /p/venv/bin/ruff: not found', 127, 'venv-scripts:/p/venv'],
  ['dash, of a script elsewhere', 'sh: 1: ./deploy.py: not found', 127, 'shebang:./deploy.py'],
  ['Node, of a child', 'Error: spawn /p/.venv/bin/pytest ENOENT', 1, 'venv-scripts:/p/.venv'],
  [
    'Python, of a child',
    "FileNotFoundError: [Errno 2] No such file or directory: '/p/.venv/bin/ruff'",
    1,
    'venv-scripts:/p/.venv',
  ],
  ['Python, of a file', "FileNotFoundError: [Errno 2] No such file or directory: '/data/train.csv'", 1, undefined],
  ['a program is nowhere', 'sh: 1: cargo-nextest: not found', 127, 'command:cargo-nextest'],
  ['a program is nowhere, by bash', 'bash: line 1: jq: command not found', 127, 'command:jq'],
  ['a program is nowhere, by zsh', 'zsh:1: command not found: jq', 127, 'command:jq'],
  ['a program is nowhere, by env', 'env: ‘python3.13’: No such file or directory', 127, 'command:python3.13'],
  ['a rule of make', '/bin/sh: 1: cc: not found', 2, 'command:cc', 'make'],
  ['a rule of make, by bash', '/bin/bash: line 1: protoc: command not found', 2, 'command:protoc', '/usr/bin/gmake'],
  ['not make', '/bin/sh: 1: cc: not found', 2, undefined, './build'],
  ['a script of package.json', 'sh: 1: vitest: not found', 127, 'node-modules', 'npm'],
  ['it may not be executed', 'sh: 1: ./run.sh: Permission denied', 126, 'shebang:./run.sh'],
  ['said, and survived', 'sh: 1: jq: not found', 1, undefined],
  ['anything else', 'AssertionError: 9 !== 10', 1, undefined],
  ['what no path is', "sh: 1: ./a';rm -rf b: not found", 127, undefined],
])('%s', (_, line, exitCode, spec, command = 'sh') => {
  expect(likelyCause(`first\n${line}`, { exitCode, command: [command] })?.spec).toBe(spec);
});

test.each<[command: string, spec: string]>([
  ['uv run pytest -q', 'venv-scripts'],
  ['/usr/bin/uv run pytest', 'venv-scripts'],
  ['uv run --extra dev --python 3.13 pytest -q', 'venv-scripts'],
  ['uv run --no-sync -- mypy .', 'venv-scripts'],
  ['poetry run pytest', 'venv-scripts'],
  ['pdm run ruff', 'venv-scripts'],
  ['sh -c uv run pytest -q 2>&1 | tee log', 'venv-scripts'],
  ['bash -ec cd x && uv run pytest', 'venv-scripts'],
  ['uv run python -m pytest', 'python-module:ours'],
  ['uv run --python 3.13 python3.13 x.py', 'python-module:ours'],
  ['uv run train.py', 'python-module:ours'],
  ['uv run --with pytest pytest', 'python-module:ours'],
  ['uv run -m pytest', 'python-module:ours'],
  ['uv sync', 'python-module:ours'],
  ['pytest -q', 'python-module:ours'],
])('%s cannot find a module: %s', (text, spec) => {
  const [, shell, option, script] = /^(\w*sh) (-\w+) (.*)$/.exec(text) ?? [];
  const command = shell === undefined ? text.split(' ') : [shell, option ?? '', script ?? ''];
  expect(likelyCause("E   ModuleNotFoundError: No module named 'ours'", { exitCode: 2, command })?.spec).toBe(spec);
});

test('the last line that says something decides', () => {
  const tail =
    "ModuleNotFoundError: No module named 'caught'\nModuleNotFoundError: No module named 'ended'\n    at x\n";
  expect(likelyCause(tail, { exitCode: 1 })).toEqual({
    spec: 'python-module:ended',
    why: 'Python cannot find ended',
  });
});

test('whatever a job prints, what is taken from it is plain', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(1, 126, 127), (text, exitCode) => {
      for (const line of [
        text,
        `sh: 1: ${text}: not found`,
        `No module named '${text}'`,
        `ModuleNotFoundError: No module named '${text}'`,
      ])
        expect(likelyCause(line, { exitCode })?.spec ?? '').toMatch(/^[\p{L}\p{N}_@%+=.,/:-]*(?: [\w@%+=.,/-]+)?$/u);
    }),
  );
});

test('on a long line it takes no time', () => {
  const before = process.cpuUsage();
  for (const piece of ['a/', "'", 'x: ', 'bin/', 'env/bin/']) likelyCause(piece.repeat(800), { exitCode: 127 });
  expect(process.cpuUsage(before).user).toBeLessThan(1_000_000); // of the CPU, µs: whoever else works does not add to it
});
