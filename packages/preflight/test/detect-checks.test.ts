import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import { runChecks, withDetected } from '../src/index.ts';
import { prepareChecks } from '../src/run/prepare-checks.ts';
import { type Stage, test } from './stage.ts';

/** What a folder looks like whose lock names one package. */
const LOCK = JSON.stringify({
  name: 'x',
  lockfileVersion: 3,
  packages: { '': { dependencies: { ms: '2.1.3' } }, 'node_modules/ms': { version: '2.1.3' } },
});
const MANIFEST = JSON.stringify({ name: 'x', dependencies: { ms: '2.1.3' } });

describe('projects inside of the folder', () => {
  test.for(['frontend', 'backend', 'web', 'apps/web', 'services/api', 'packages/one'])(
    '%s is checked, and named',
    async (place, { stage }) => {
      project(stage, place, '2.0.0');
      const found = await findings(stage);
      expect(found).toContainEqual(
        expect.objectContaining({ check: 'node-modules', state: 'fail', title: expect.stringMatching(`^${place}: `) }),
      );
      const remedies = found.flatMap((finding) => finding.remedies ?? []);
      expect(remedies.map(({ cwd }) => cwd)).toEqual(remedies.map(() => join(stage.folder, place)));
    },
  );

  test('a project that is as its lock says passes', async ({ stage }) => {
    project(stage, 'frontend', '2.1.3');
    expect(await findings(stage)).toContainEqual(
      expect.objectContaining({ check: 'node-modules', state: 'pass', title: expect.stringMatching(/^frontend: /) }),
    );
  });

  test('one in which nothing is installed is a warning: nobody may need it', async ({ stage }) => {
    project(stage, 'docs', undefined);
    expect(await findings(stage)).toContainEqual(
      expect.objectContaining({ check: 'node-modules', state: 'warn', title: expect.stringMatching(/^docs: /) }),
    );
  });

  test.for(['node_modules/dep', '.cache/x', 'vendor/x', 'test/fixtures', 'tests/data', 'examples/one', 'dist/app'])(
    '%s is not a project that people work in',
    async (place, { stage }) => {
      project(stage, place, '2.0.0');
      expect((await findings(stage)).map(({ check }) => check)).not.toContain('node-modules');
    },
  );

  test('a virtual environment of a project inside is checked, and that of the folder only once', async ({ stage }) => {
    write(stage, '.venv/pyvenv.cfg', 'home = /usr/bin\n');
    write(stage, 'backend/.venv/pyvenv.cfg', 'home = /usr/bin\n');
    write(stage, 'frontend/package-lock.json', LOCK);
    const titles = (await findings(stage)).filter(({ check }) => check === 'venv-moved').map(({ title }) => title);
    expect(titles).toEqual([expect.not.stringContaining(': '), expect.stringMatching(/^backend: /)]);
  });
});

describe('auto', () => {
  test.for<[what: string, specs: (string | { check: string })[]]>([
    ['as text', ['auto']],
    ['as an object', [{ check: 'auto' }]],
    ['beside others', ['disk:1MiB', 'auto', 'env:PATH']],
  ])('%s stands for the checks that apply', async ([, specs], { stage }) => {
    write(stage, 'package.json', MANIFEST);
    write(stage, 'package-lock.json', LOCK);
    const prepared = await prepareChecks(
      specs.map((spec) => ({ spec, where: 'test' })),
      { home: stage.folder, env: stage.context.env },
    );
    expect(prepared.map(({ check }) => check.id)).toContain('node-modules');
  });

  test('a check that is named keeps its options', async ({ stage }) => {
    const prepared = await prepareChecks(
      ['disk:1MiB', 'auto'].map((spec) => ({ spec, where: 'test' })),
      { home: stage.folder, env: stage.context.env },
    );
    const disks = prepared.filter(({ check }) => check.id === 'disk');
    expect(disks).toMatchObject([{ options: { free: 1_048_576 } }]);
  });
});

describe('submodules', () => {
  test('those that are not checked out are named, and the remedy gets them', async ({ stage }) => {
    const inner = join(stage.folder, 'inner');
    const outer = join(stage.folder, 'outer');
    for (const repository of [inner, outer]) {
      mkdirSync(repository);
      git(repository, 'init', '-q');
      git(repository, 'commit', '-q', '--allow-empty', '-m', 'first');
    }
    writeFileSync(join(inner, 'file'), 'x');
    git(inner, 'add', '.');
    git(inner, 'commit', '-q', '-m', 'file');
    for (const name of ['one', 'libs/two words']) git(outer, 'submodule', '--quiet', 'add', inner, name);
    git(outer, 'commit', '-q', '-m', 'submodules');
    const clone = join(stage.folder, 'clone');
    git(stage.folder, 'clone', '-q', outer, clone);
    const before = await stage.askIn(clone, 'git-submodules');
    expect(before).toMatchObject({ state: 'fail', evidence: 'not checked out: one, libs/two words' });
    const [remedy] = before.remedies ?? [];
    expect(remedy).toMatchObject({ safety: 'safe' });
    git(clone, ...(remedy?.argv.slice(1) ?? []));
    expect(await stage.askIn(clone, 'git-submodules')).toMatchObject({ state: 'pass', evidence: '2 checked out' });
    rmSync(join(clone, 'one'), { recursive: true });
    expect(await stage.askIn(clone, 'git-submodules')).toMatchObject({
      state: 'fail',
      evidence: 'not checked out: one',
    });
    git(clone, 'config', '--file', '.gitmodules', 'submodule.one.update', 'none');
    expect(await stage.askIn(clone, 'git-submodules')).toMatchObject({ state: 'pass' });
  });

  test('no repository, no submodules', async ({ stage }) => {
    expect(await stage.ask('git-submodules')).toMatchObject({ state: 'skip' });
  });
});

describe('Git LFS', () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12\n`;
  test.for<[what: string, files: Record<string, string>, state: string, evidence: string]>([
    ['a pointer', { 'model.bin': pointer }, 'fail', 'not downloaded, only pointers: model.bin'],
    ['the file itself', { 'model.bin': 'weights' }, 'pass', '1 files, all downloaded'],
    ['a large file that begins like one', { 'a.bin': pointer + 'x'.repeat(2_000) }, 'pass', '1 files'],
    ['a pointer that LFS does not track', { 'note.txt': pointer }, 'pass', '0 files'],
    [
      'many pointers',
      Object.fromEntries(['a', 'b', 'c', 'd', 'e f'].map((name) => [`data/${name}.bin`, pointer])),
      'fail',
      'not downloaded, only pointers: data/a.bin, data/b.bin, data/c.bin and 2 more',
    ],
  ])('%s: %s', async ([, files, state, evidence], { stage }) => {
    git(stage.folder, 'init', '-q');
    for (const [name, text] of Object.entries(files)) write(stage, name, text);
    git(stage.folder, 'add', '.');
    write(stage, '.gitattributes', '*.bin filter=lfs diff=lfs merge=lfs -text\n');
    const finding = (await findings(stage)).find(({ check }) => check === 'git-lfs');
    expect(finding).toMatchObject({ state, evidence: expect.stringContaining(evidence) });
  });
});

describe('conda', () => {
  test.for<[what: string, env: Record<string, string>, state: string, evidence: string]>([
    ['none is active', {}, 'warn', 'no conda environment is active; the project uses science'],
    ['another is active', { CONDA_PREFIX: 'envs/other' }, 'warn', 'other is active, not science'],
    ['its own is active', { CONDA_PREFIX: 'envs/science' }, 'pass', 'science is active'],
    ['its own, named by conda', { CONDA_PREFIX: 'envs/other', CONDA_DEFAULT_ENV: 'science' }, 'pass', 'science is'],
    ['it is gone', { CONDA_PREFIX: 'envs/gone' }, 'fail', 'which is not a conda environment any more'],
  ])('%s: %s', async ([, env, state, evidence], { stage }) => {
    write(stage, 'environment.yml', 'name: "science" # ours\ndependencies: [python]\n');
    for (const name of ['other', 'science'])
      mkdirSync(join(stage.folder, 'envs', name, 'conda-meta'), { recursive: true });
    const { CONDA_PREFIX: prefix } = env;
    const placed = prefix === undefined ? env : { ...env, CONDA_PREFIX: join(stage.folder, prefix) };
    const finding = await stage.ask('conda-env', placed);
    expect(finding).toMatchObject({ state, evidence: expect.stringContaining(evidence) });
  });
});

async function findings({ context }: Stage) {
  return runChecks(withDetected([], context), context);
}

/** A project whose lock names ms@2.1.3, with this version of it in its node_modules. */
function project(stage: Stage, place: string, installed: string | undefined): void {
  write(stage, `${place}/package.json`, MANIFEST);
  write(stage, `${place}/package-lock.json`, LOCK);
  if (installed !== undefined)
    write(stage, `${place}/node_modules/ms/package.json`, JSON.stringify({ name: 'ms', version: installed }));
}

function write({ folder }: Stage, name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

function git(cwd: string, ...args: string[]): void {
  const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.org', '-c', 'protocol.file.allow=always'];
  execFileSync('git', [...identity, ...args], { cwd, stdio: 'ignore' });
}
