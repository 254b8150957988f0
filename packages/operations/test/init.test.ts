import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { parseConfig } from '../src/config/parse-config.ts';
import { operations } from '../src/index.ts';
import { type Stage, test } from './stage.ts';

test('what the project has is written, can be read back, and can be started', async ({ stage }) => {
  writeFileSync(join(stage.folder, 'package.json'), '{"scripts":{"test":"true"}}');
  const { file, written, next } = await init(stage);
  expect([file, written]).toEqual([fileOf(stage), true]);
  expect(readFileSync(file, 'utf8')).toBe(
    '{\n  "checks": ["auto"],\n  "defaults": {\n    "timeout": "30m"\n  },\n  "steps": {\n    "test": {\n      "command": ["npm", "run", "test"]\n    }\n  }\n}\n',
  );
  expect(parseConfig(file, readFileSync(file, 'utf8')).steps).toEqual({ test: { command: ['npm', 'run', 'test'] } });
  expect(next).toEqual([{ operation: 'start', input: { step: 'test' }, why: 'npm run test' }]);
});

test.for<[kind: string, files: Record<string, string>]>([
  ['Node', { 'package.json': '{"scripts":{"test":"true"}}' }],
  ['uv', { 'pyproject.toml': '[project.optional-dependencies]\ndev = ["pytest"]', 'uv.lock': '' }],
  ['pip', { 'requirements.txt': 'pytest\n' }],
  ['poetry', { 'pyproject.toml': '[tool.poetry.dependencies]\npytest = "*"', 'poetry.lock': '' }],
  ['Django', { 'manage.py': 'import django' }],
  ['just', { justfile: 'test:\n' }],
  ['Maven', { 'pom.xml': '<java.version>21</java.version>' }],
  ['Gradle', { 'build.gradle': '' }],
  ['Rust', { 'Cargo.toml': 'rust-version = "1.80"' }],
  ['Go', { 'go.mod': '' }],
  ['make', { Makefile: 'test:\n' }],
  ['projects in folders', { 'frontend/package.json': '{"scripts":{"test":"true"}}', 'backend/manage.py': 'django' }],
])('the file for %s is valid, and its checks can be made', async ([, files], { stage }) => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(stage.folder, name)), { recursive: true });
    writeFileSync(join(stage.folder, name), text);
  }
  const { steps } = await init(stage);
  expect(steps.length).toBeGreaterThan(0);
  const config = parseConfig(fileOf(stage), readFileSync(fileOf(stage), 'utf8'));
  expect(Object.keys(config.steps ?? {})).toEqual(steps.map(({ step }) => step));
  const operation = await operations.preflight();
  for (const { step } of steps) {
    const context = { cwd: stage.folder, env: stage.env, signal: new AbortController().signal };
    const { findings } = await operation.run(operation.input.parse({ step, dir: stage.dir }), context);
    expect(findings.map(({ check }) => check)).toContain('disk');
  }
});

test('a dry run writes nothing', async ({ stage }) => {
  expect(await init(stage, { dryRun: true })).toMatchObject({ written: false, steps: [], next: [] });
  expect(readdirSync(stage.folder)).toEqual([]);
});

test('a project below finds the file of its root, and one of its own only by --dir', async ({ stage }) => {
  for (const folder of ['.git', 'below']) mkdirSync(join(stage.folder, folder));
  const { file } = await init(stage, { dryRun: true }, join(stage.folder, 'below'));
  expect(file).toBe(fileOf(stage));
  const own = await init(stage, { dryRun: true, dir: '.pm' }, join(stage.folder, 'below'));
  expect(own.file).toBe(join(stage.folder, 'below', 'pm.config.json'));
});

test.for([
  ['a file', (file: string) => writeFileSync(file, 'mine')],
  ['a link to nowhere', (file: string) => symlinkSync('nowhere', file)],
  ['a folder', (file: string) => mkdirSync(file)],
] as const)('%s that is there already is not touched', async ([what, put], { stage }) => {
  put(fileOf(stage));
  await expect(init(stage)).rejects.toMatchObject({
    code: 'usage',
    message: `${fileOf(stage)} exists already, and pm init overwrites nothing.`,
  });
  if (what === 'a file') expect(readFileSync(fileOf(stage), 'utf8')).toBe('mine');
  expect(readdirSync(stage.folder)).toEqual(['pm.config.json']);
});

test('a folder that is not there is told', async ({ stage }) => {
  await expect(init(stage, { dir: 'no/where/.pm' })).rejects.toMatchObject({ code: 'directory-unusable' });
});

async function init(stage: Stage, input: object = {}, cwd = stage.folder) {
  const operation = await operations.init();
  const { PM_DIR: _, ...env } = stage.env;
  return operation.run(operation.input.parse(input), {
    cwd,
    env,
    signal: new AbortController().signal,
    invocation: 'node /opt/pm.cjs',
  });
}

function fileOf({ folder }: Stage): string {
  return join(folder, 'pm.config.json');
}
