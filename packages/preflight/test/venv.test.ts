import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LONG } from '@pm/testing';
import { describe, expect } from 'vitest';
import { applyFixes, type Finding, planFixes } from '../src/index.ts';
import { canMakeVenvs, copyVenv, makeVenv, putScript, saidBy, siteOf } from './snake.ts';
import { type Stage, test } from './stage.ts';

/** A project with an environment of three scripts and itself installed in place, renamed. */
function renamed({ folder }: Stage, before = 'old', after = 'new'): string {
  const venv = copyVenv(join(folder, before, '.venv'));
  for (const name of ['pytest', 'ruff', 'tiny']) putScript(venv, name, `${name} ran`);
  mkdirSync(join(folder, before, 'src'));
  writeFileSync(join(folder, before, 'src', 'ours.py'), 'answer = 42\n');
  writeFileSync(join(siteOf(venv), '_ours.pth'), `${join(folder, before, 'src')}\n`);
  renameSync(join(folder, before), join(folder, after));
  return join(folder, after, '.venv');
}

function unquote(file: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace(/VIRTUAL_ENV="([^"$]+)"/, 'VIRTUAL_ENV=$1'));
}

/** Files of a package in `flat/` and a module, as setuptools 80 and pip 23 write them for `pip install -e`. */
function installInPlace(site: string, project: string): void {
  const finder = readFileSync(new URL('data/editable-finder.txt', import.meta.url), 'utf8');
  const name = '__editable___flat_1_finder';
  writeFileSync(join(site, `${name}.py`), finder.replaceAll('/tmp/old', project));
  writeFileSync(join(site, '__editable__.flat-1.pth'), `import ${name}; ${name}.install()`);
  mkdirSync(join(site, 'flat-1.dist-info'));
  const direct = { dir_info: { editable: true }, url: pathToFileURL(project).href };
  writeFileSync(join(site, 'flat-1.dist-info/direct_url.json'), JSON.stringify(direct));
}

async function fixed(findings: readonly Finding[], { context }: Stage): Promise<void> {
  const applied = await applyFixes(planFixes(findings), context);
  expect(applied.map(({ evidence }) => evidence)).toEqual(['exit 0']);
}

test.skipIf(!canMakeVenvs)('a copied environment is what would have been made in its place', ({ stage }) => {
  const venv = join(stage.folder, '.venv');
  const contents = (): unknown =>
    readdirSync(venv, { recursive: true, withFileTypes: true })
      .map(({ name, parentPath }) => join(parentPath, name))
      .sort()
      .map((path) => {
        const stat = lstatSync(path);
        const what = stat.isFile() ? readFileSync(path, 'utf8') : stat.isSymbolicLink() ? readlinkSync(path) : '';
        return [path, stat.mode, what];
      });
  copyVenv(venv);
  const copied = contents();
  rmSync(venv, { recursive: true });
  makeVenv(venv);
  expect(copied).toEqual(contents());
});

describe.skipIf(!canMakeVenvs)('a project that was renamed', () => {
  for (const [what, before, after] of [
    ['to a plain name', 'old', 'new'],
    ['to one with a space', 'old', 'a new one'],
    ['from one with a space', 'the old one', 'new'],
    ['to one too long for a #!', 'old', 'n'.repeat(120)],
    ['to one that is no ASCII', 'old', 'größer'],
    ['from one too long for a #!', 'o'.repeat(150), 'new'],
  ] as const)
    test(`${what}: the dead scripts are named, mended once for all findings, and run`, async ({ stage }) => {
      const venv = renamed(stage, before, after);
      const broken = [await stage.ask(`venv-scripts:${venv}`), await stage.ask(`venv-moved:${venv}`)];
      expect(broken).toMatchObject([
        {
          state: 'fail',
          evidence: expect.stringMatching(/^3 of 3 scripts cannot run: pytest, ruff, tiny; .*bin\/python3/),
        },
        { state: 'fail', evidence: expect.stringMatching(/was moved: bin\/pytest points to .* and \d more$/) },
      ]);
      expect(saidBy(join(venv, 'bin/tiny'))).toMatch(/ENOENT|exit 12[67]/);
      await fixed(broken, stage);
      for (const name of ['pytest', 'ruff', 'tiny']) expect(saidBy(join(venv, 'bin', name))).toBe(`${name} ran`);
      expect(saidBy(join(venv, 'bin/python'), '-c', 'import ours; print(ours.answer)')).toBe('42');
      expect(await stage.ask(`venv-scripts:${venv}`)).toMatchObject({ state: 'pass' });
      expect(await stage.ask(`venv-moved:${venv}`)).toMatchObject({ state: 'pass' });
    });

  test('shebang tells of the command about to run, with the remedy; a module that is gone with it has the same', async ({
    stage,
  }) => {
    const venv = renamed(stage);
    const script = join(venv, 'bin/pytest');
    const dead = await stage.ask(`shebang:${script}`);
    expect(dead).toMatchObject({
      state: 'fail',
      evidence: `${script} asks for the interpreter ${stage.folder}/old/.venv/bin/python3: ${stage.folder}/old/.venv/bin/python3 does not exist`,
    });
    const here = { ...stage, context: { ...stage.context, cwd: join(stage.folder, 'new') } };
    await fixed([dead], here);
    expect(await stage.ask(`shebang:${script}`)).toMatchObject({
      state: 'pass',
      evidence: `${script}: #!${venv}/bin/python3`,
    });
  });

  test.for([
    ['new', '"'],
    ['a new one', '"'],
    ['a new one', ''],
  ] as const)(
    'activate puts the right folder on the PATH again, in sh, csh and fish: %j',
    async ([after, quote], { stage }) => {
      const venv = renamed(stage, 'old', after);
      // Newer Pythons quote only what needs it.
      if (quote === '') unquote(join(venv, 'bin/activate'));
      await fixed([await stage.ask(`venv-moved:${venv}`)], stage);
      const activated = spawnSync(
        'sh',
        ['-c', '. "$1"; command -v python; echo "$VIRTUAL_ENV"', 'sh', `${venv}/bin/activate`],
        {
          encoding: 'utf8',
        },
      );
      expect(activated.stdout).toBe(`${venv}/bin/python\n${venv}\n`);
      for (const name of ['activate.csh', 'activate.fish']) {
        const text = readFileSync(join(venv, 'bin', name), 'utf8');
        expect(text).toContain(`"${venv}"`);
        expect(text).not.toContain('/old/');
      }
    },
  );

  test.for(['new', 'a new one'])(
    'what setuptools has installed in place is found and mended, also where all scripts were mended before: %s',
    async (after, { stage }) => {
      const old = join(stage.folder, 'old');
      const before = copyVenv(join(old, '.venv'));
      mkdirSync(join(old, 'flat'));
      writeFileSync(join(old, 'flat/__init__.py'), 'answer = 42\n');
      writeFileSync(join(old, 'single.py'), 'answer = 43\n');
      installInPlace(siteOf(before), old);
      const program = 'import flat, single; print(flat.answer, single.answer)';
      expect(saidBy(join(before, 'bin/python'), '-c', program)).toBe('42 43');
      expect(await stage.ask(`venv-moved:${before}`)).toMatchObject({ state: 'pass' });
      renameSync(old, join(stage.folder, after));
      const venv = join(stage.folder, after, '.venv');
      for (const name of ['activate', 'activate.csh', 'activate.fish']) rmSync(join(venv, 'bin', name));
      const moved = await stage.ask(`venv-moved:${venv}`);
      expect(moved).toMatchObject({ state: 'fail', evidence: expect.stringContaining(`_finder.py points to ${old}`) });
      expect(saidBy(join(venv, 'bin/python'), '-c', program)).toBe('exit 1');
      await fixed([moved], stage);
      expect(saidBy(join(venv, 'bin/python'), '-c', program)).toBe('42 43');
      expect(readFileSync(join(siteOf(venv), 'flat-1.dist-info/direct_url.json'), 'utf8')).toBe(
        JSON.stringify({ dir_info: { editable: true }, url: pathToFileURL(join(stage.folder, after)).href }),
      );
      expect(await stage.ask(`venv-moved:${venv}`)).toMatchObject({ state: 'pass' });
    },
  );

  test('mending again changes nothing', async ({ stage }) => {
    const venv = renamed(stage);
    const findings = [await stage.ask(`venv-moved:${venv}`)];
    const [remedy] = findings[0]?.remedies ?? [];
    await fixed(findings, stage);
    const before = readFileSync(join(venv, 'bin/pytest'));
    const [program = '', ...args] = remedy?.argv ?? [];
    expect(saidBy(program, ...args)).toBe('0 repaired, 0 not repaired');
    expect(readFileSync(join(venv, 'bin/pytest'))).toEqual(before);
  });
});

describe.skipIf(!canMakeVenvs)('mending', () => {
  const MANY = LONG ? 400 : 100;
  /** A renamed environment. Where a process is to be met half-way, it has many scripts. */
  function crowded({ folder }: Stage, count: number): string {
    const venv = copyVenv(join(folder, 'old/.venv'));
    for (let i = 0; i < count; i += 1) putScript(venv, `tool-${i}`, 'ran');
    renameSync(join(folder, 'old'), join(folder, 'new'));
    return join(folder, 'new/.venv');
  }
  const heads = (venv: string): string[] =>
    readdirSync(join(venv, 'bin'))
      .filter((name) => /^tool-\d+$/.test(name))
      .map((name) => readFileSync(join(venv, 'bin', name), 'utf8'))
      .map((text) => (text.endsWith("print('ran'))\n") ? (text.split('\n')[0] ?? '') : 'cut off'));

  test('that is killed half-way leaves every script whole, and goes on when it is run again', async ({ stage }) => {
    const venv = crowded(stage, MANY);
    const [mend] = (await stage.ask(`venv-moved:${venv}`)).remedies ?? [];
    const [program = '', ...args] = mend?.argv ?? [];
    const child = spawn(program, args, { stdio: 'ignore' });
    const ended = once(child, 'exit');
    // Half-way is when a script is in its place.
    const watcher = watch(
      join(venv, 'bin'),
      (_, name) => void (/^tool-\d+$/.test(name ?? '') && child.kill('SIGKILL')),
    );
    await ended;
    watcher.close();
    const [now, before] = [`#!${venv}/bin/python3`, `#!${stage.folder}/old/.venv/bin/python3`];
    expect(heads(venv)).toHaveLength(MANY);
    expect(heads(venv)).toContain(now);
    expect(heads(venv).filter((head) => head !== now && head !== before)).toEqual([]);
    spawnSync(program, args);
    expect(new Set(heads(venv))).toEqual(new Set([now]));
    expect(await stage.ask(`venv-moved:${venv}`)).toMatchObject({ state: 'pass' });
  });

  test('by two at once ends as by one', async ({ stage }) => {
    const venv = crowded(stage, MANY);
    const [mend] = (await stage.ask(`venv-moved:${venv}`)).remedies ?? [];
    const [program = '', ...args] = mend?.argv ?? [];
    const both = [1, 2].map(() => once(spawn(program, args, { stdio: 'ignore' }), 'exit'));
    expect((await Promise.all(both)).map(([code]) => code)).toEqual([0, 0]);
    expect(new Set(heads(venv))).toEqual(new Set([`#!${venv}/bin/python3`]));
    expect(readdirSync(join(venv, 'bin')).filter((name) => name.includes('mending'))).toEqual([]);
  });

  test('leaves alone what is not its own: links, binaries, scripts of the system, garbage', async ({ stage }) => {
    const venv = crowded(stage, 3);
    const bin = join(venv, 'bin');
    const texts: Record<string, Buffer> = {
      system: Buffer.from('#!/usr/bin/python3\nprint()\n'),
      'by-env': Buffer.from('#!/usr/bin/env python3\n'),
      shell: Buffer.from('#!/bin/sh\nexit 0\n'),
      binary: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 255, 254]),
      nobody: Buffer.from('#!\n'),
      endless: Buffer.from(`#!${'x'.repeat(10_000)}`),
      bytes: Buffer.from([0x23, 0x21, 0xff, 0xfe, 0x0a]),
    };
    for (const [name, bytes] of Object.entries(texts)) writeFileSync(join(bin, name), bytes);
    const outside = stage.put('outside', `#!${stage.folder}/old/.venv/bin/python3\n`);
    symlinkSync(outside, join(bin, 'link'));
    const [mend] = (await stage.ask(`venv-moved:${venv}`)).remedies ?? [];
    const [program = '', ...args] = mend?.argv ?? [];
    expect(spawnSync(program, args).status).toBe(0);
    for (const [name, bytes] of Object.entries(texts))
      expect([name, readFileSync(join(bin, name))]).toEqual([name, bytes]);
    expect(readFileSync(outside, 'utf8')).toContain('/old/');
  });

  test('refuses what is no environment, or has no Python', async ({ stage }) => {
    const venv = crowded(stage, 3);
    const [mend] = (await stage.ask(`venv-moved:${venv}`)).remedies ?? [];
    const [program = '', script = ''] = mend?.argv ?? [];
    const said = (...args: string[]) => spawnSync(program, [script, ...args], { encoding: 'utf8' });
    expect(said()).toMatchObject({
      status: 2,
      stderr: '(nothing) is not a virtual environment: it has no pyvenv.cfg\n',
    });
    expect(said(stage.folder)).toMatchObject({ status: 2, stderr: expect.stringContaining('no pyvenv.cfg') });
    rmSync(join(venv, 'bin/python'));
    rmSync(join(venv, 'bin/python3'));
    expect(said(venv)).toMatchObject({ status: 2, stderr: expect.stringContaining('no Python that works') });
  });
});

describe.skipIf(!canMakeVenvs)('an environment', () => {
  test('that is where it was made passes, through a link to its project too', async ({ stage }) => {
    const venv = copyVenv(join(stage.folder, 'here/.venv'));
    putScript(venv, 'tiny', 'tiny ran');
    symlinkSync(join(stage.folder, 'here'), join(stage.folder, 'link'));
    for (const path of [venv, join(stage.folder, 'link/.venv')]) {
      expect(await stage.ask(`venv-scripts:${path}`)).toMatchObject({ state: 'pass' });
      expect(await stage.ask(`venv-moved:${path}`)).toMatchObject({ state: 'pass' });
      expect(await stage.ask(`python-version:`, {})).toMatchObject({ check: 'python-version' });
    }
  });

  test('that is a copy runs in the other one: only venv-moved sees it', async ({ stage }) => {
    const venv = copyVenv(join(stage.folder, 'one/.venv'));
    putScript(venv, 'which', 'of one');
    cpSync(join(stage.folder, 'one'), join(stage.folder, 'two'), { recursive: true, verbatimSymlinks: true });
    const copy = join(stage.folder, 'two/.venv');
    expect(await stage.ask(`venv-scripts:${copy}`)).toMatchObject({ state: 'pass' });
    const moved = await stage.ask(`venv-moved:${copy}`);
    expect(moved).toMatchObject({
      state: 'fail',
      evidence: expect.stringContaining('something else is at the old place'),
    });
    await fixed([moved], stage);
    expect(readFileSync(join(copy, 'bin/which'), 'utf8')).toContain(`#!${copy}/bin/python3\n`);
    expect(readFileSync(join(venv, 'bin/which'), 'utf8')).toContain(`#!${venv}/bin/python3\n`);
  });

  test('whose Python was removed says which, and is only created again only with approval', async ({ stage }) => {
    const venv = copyVenv(join(stage.folder, '.venv'));
    rmSync(join(venv, 'bin/python3'));
    symlinkSync('/opt/python3.8/bin/python3', join(venv, 'bin/python3'));
    const gone = await stage.ask('python-version');
    expect(gone).toMatchObject({
      state: 'fail',
      evidence: `the Python of ${venv} is missing: it was /opt/python3.8/bin/python3`,
      remedies: [{ argv: ['python3', '-m', 'venv', '--clear', venv], safety: 'needs-approval' }],
    });
    expect(planFixes([gone])).toEqual([]);
    putScript(venv, 'tiny', 'never');
    expect(await stage.ask('venv-scripts')).toMatchObject({ remedies: [{ safety: 'needs-approval' }] });
  });

  test('is not made anew with a Python that the project does not accept either', async ({ stage }) => {
    const venv = copyVenv(join(stage.folder, '.venv'));
    const old = stage.put('old-python', '#!/bin/sh\necho 3.11.2\n', 0o755);
    const bin = join(stage.folder, 'path');
    mkdirSync(bin);
    symlinkSync(old, join(bin, 'python3'));
    const ask = () => stage.ask('python-version:>=3.12', { PATH: `${bin}:/nowhere` });
    rmSync(join(venv, 'bin/python3'));
    symlinkSync(old, join(venv, 'bin/python3'));
    const config = readFileSync(join(venv, 'pyvenv.cfg'), 'utf8');
    writeFileSync(join(venv, 'pyvenv.cfg'), config.replace(/^version = .*/m, 'version = 3.11.2'));
    expect(await ask()).toMatchObject({ state: 'fail', evidence: expect.stringContaining('requires >=3.12') });
    expect((await ask()).remedies).toBeUndefined();
    writeFileSync(join(bin, 'python3.12'), '#!/bin/sh\necho 3.12.1\n', { mode: 0o755 });
    expect((await ask()).remedies).toEqual([
      { argv: ['python3.12', '-m', 'venv', '--clear', venv], safety: 'needs-approval' },
    ]);
  });

  test('made by another minor version does not see its packages', async ({ stage }) => {
    const venv = copyVenv(join(stage.folder, '.venv'));
    const config = join(venv, 'pyvenv.cfg');
    writeFileSync(config, readFileSync(config, 'utf8').replace(/^version = .*/m, 'version = 3.2.1'));
    expect(await stage.ask('python-version')).toMatchObject({
      state: 'fail',
      evidence: expect.stringMatching(
        /created with Python 3\.2\.1, but its interpreter is 3\.\d+\.\d+ now and does not look in lib\/python3\.2$/,
      ),
    });
  });

  test('is held against what the project requires, and what nobody can read is inconclusive', async ({ stage }) => {
    copyVenv(join(stage.folder, '.venv'));
    const ask = (range: string): Promise<Finding> => {
      stage.put('pyproject.toml', `[project]\nrequires-python = "${range}"\n`);
      return stage.ask('python-version');
    };
    expect(await ask('>=3.8')).toMatchObject({ state: 'pass', evidence: expect.stringContaining('required by >=3.8') });
    expect(await ask('>=4.1')).toMatchObject({ state: 'fail', evidence: expect.stringContaining('requires >=4.1') });
    expect(await ask('>=3.8rc1')).toMatchObject({ state: 'inconclusive' });
    expect(await stage.ask({ check: 'python-version', python: '2.7' })).toMatchObject({ state: 'fail' });
  });

  test('without anything to ask is skipped; one that is named and is none fails', async ({ stage }) => {
    expect(await stage.ask('venv-scripts')).toMatchObject({ state: 'skip' });
    expect(await stage.ask('venv-moved:./no')).toMatchObject({
      state: 'fail',
      evidence: expect.stringContaining('no pyvenv.cfg'),
    });
  });

  test('keeps what was asked of uv in the remedy', async ({ stage }) => {
    stage.put('uv.lock');
    const venv = renamed(stage, 'old', 'new');
    const { remedies = [] } = await stage.ask({ check: 'venv-scripts', venv, python: '3.13', extras: ['dev', 'gpu'] });
    expect(remedies[1]).toMatchObject({
      argv: [
        'uv',
        'sync',
        '--frozen',
        '--inexact',
        '--reinstall',
        '--python',
        '3.13',
        '--extra',
        'dev',
        '--extra',
        'gpu',
      ],
      cwd: stage.folder,
    });
  });
});

describe.skipIf(!canMakeVenvs)('python-module', () => {
  test('what can be imported passes; the evidence is the last line of the error', async ({ stage }) => {
    copyVenv(join(stage.folder, '.venv'));
    stage.put('ours.py', 'import json\n');
    stage.put('bad.py', 'raise RuntimeError("no GPU")\n');
    expect(await stage.ask('python-module:json,ours')).toMatchObject({ state: 'pass' });
    expect(await stage.ask('python-module:json,nowhere.to_be')).toMatchObject({
      state: 'fail',
      evidence: expect.stringMatching(/bin\/python: ModuleNotFoundError: No module named 'nowhere'$/),
    });
    expect(await stage.ask('python-module:bad')).toMatchObject({
      evidence: expect.stringContaining('RuntimeError: no GPU'),
    });
  });

  test('another interpreter is asked where one is named, and what mends the environment does not help it', async ({
    stage,
  }) => {
    const venv = copyVenv(join(stage.folder, '.venv'));
    stage.put('uv.lock');
    const other = stage.put('other', '#!/bin/sh\necho "ModuleNotFoundError: nothing" >&2; exit 1\n', 0o755);
    const found = await stage.ask(`python-module:json, os ${other}`);
    expect(found).toMatchObject({ state: 'fail', evidence: `${other}: ModuleNotFoundError: nothing` });
    expect(found.remedies).toBeUndefined();
    expect(await stage.ask(`python-module:json ${venv}/bin/python`)).toMatchObject({ state: 'pass' });
  });

  test('a name that is no module is refused before anything runs', async ({ stage }) => {
    await expect(stage.ask('python-module:os; print(1)')).rejects.toMatchObject({ code: 'usage' });
  });

  test('an import that never ends is ended with its budget', async ({ stage }) => {
    stage.put('endless.py', 'import time\ntime.sleep(1000)\n');
    expect(await stage.ask({ check: 'python-module', modules: ['endless'], budget: '500ms' })).toMatchObject({
      state: 'inconclusive',
    });
  });

  test('an interpreter that is not there fails, and says so', async ({ stage }) => {
    expect(await stage.ask({ check: 'python-module', modules: ['json'], python: './no/python' })).toMatchObject({
      state: 'fail',
      evidence: expect.stringContaining('ENOENT'),
    });
  });

  test('uv is asked without a sync, with all that it is given', async ({ stage }) => {
    stage.put('uv', '#!/bin/sh\necho "$@" >&2\nexit 1\n', 0o755);
    stage.put('uv.lock');
    const options = { python: '3.13', extras: ['dev'], uvArgs: ['--group', 'test'] };
    const path = { PATH: `${stage.folder}:${process.env['PATH']}` };
    expect(
      await stage.ask({ check: 'python-module', modules: ['a', 'b.c'], uv: true, ...options }, path),
    ).toMatchObject({
      state: 'fail',
      evidence: 'uv: run --no-sync --python 3.13 --extra dev --group test python -c import a, b.c',
      remedies: [
        { argv: ['uv', 'sync', '--frozen', '--inexact', '--python', '3.13', '--extra', 'dev'], cwd: stage.folder },
      ],
    });
  });
});
