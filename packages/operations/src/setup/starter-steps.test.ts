import { describe, expect, test } from 'vitest';
import { starterSteps } from './starter-steps.ts';

type Files = Readonly<Record<string, string>>;

const SCRIPTS = JSON.stringify({ scripts: { test: 'vitest', build: 'tsc', dev: 'vite', 'test:unit': 'vitest' } });

describe('starterSteps', () => {
  test.each<[what: string, files: Files, steps: Record<string, string>]>([
    ['an empty project', {}, {}],
    ['npm scripts that end', { 'package.json': SCRIPTS }, { test: 'npm run test', build: 'npm run build' }],
    [
      'the package manager of the lock',
      { 'package.json': SCRIPTS, 'pnpm-lock.yaml': '' },
      { test: 'pnpm run test', build: 'pnpm run build' },
    ],
    [
      'the test that npm init writes',
      { 'package.json': '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}' },
      {},
    ],
    ['a package.json nobody can read', { 'package.json': '{', 'go.mod': '' }, { 'go-test': 'go test ./...' }],
    ['a package.json of another shape', { 'package.json': '{"scripts":["test"]}' }, {}],
    ['null', { 'package.json': 'null' }, {}],
    ['pytest', { 'pyproject.toml': '[tool.pytest.ini_options]' }, { pytest: 'python3 -m pytest' }],
    ['pytest under uv', { 'pyproject.toml': 'dev = ["pytest>=8"]', 'uv.lock': '' }, { pytest: 'uv run pytest' }],
    ['Python without pytest', { 'pyproject.toml': '[project]' }, {}],
    ['cargo', { 'Cargo.toml': '' }, { test: 'cargo test', build: 'cargo build' }],
    ['a makefile, but not its variables', { Makefile: 'build := x\ntest: all\n\techo\n' }, { test: 'make test' }],
    [
      'two of a kind: the second says whose it is',
      { 'package.json': SCRIPTS, Makefile: 'test:\n' },
      { test: 'npm run test', build: 'npm run build', 'make-test': 'make test' },
    ],
  ])('%s', (_what, files, steps) => {
    const found = starterSteps((name) => files[name]);
    expect(Object.fromEntries(found.map(({ step, command }) => [step, command.join(' ')]))).toEqual(steps);
  });
});
