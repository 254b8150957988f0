import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';
import { identify, signalIfSame } from '@pm/process';
import { describe, expect } from 'vitest';
import { accept, freePort } from './servers.ts';
import { fixture, test } from './stage.ts';

const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
const isRoot = process.getuid?.() === 0;
const seesOwners = process.platform === 'linux';

describe('command', () => {
  test('one on the PATH passes with the place it was found in; a version is compared', async ({ stage }) => {
    stage.put('tool', '#!/bin/sh\necho "tool version 3.11.2 (build 7)"\n', 0o755);
    const tool = join(stage.folder, 'tool');
    expect(await stage.ask(`command:${tool}`)).toMatchObject({ state: 'pass', evidence: `${tool} is ${tool}` });
    for (const [range, state, said] of [
      ['>=3.11', 'pass', 'is 3.11.2, in >=3.11'],
      ['>=3.11 <4', 'pass', 'in >=3.11 <4'],
      ['3.11', 'pass', 'in 3.11'],
      ['>=3.12', 'fail', 'is 3.11.2, not >=3.12'],
      ['^2', 'fail', 'not ^2'],
      ['=>20', 'inconclusive', 'is not a range'],
    ] as const)
      expect(await stage.ask(`command:${tool} ${range}`)).toMatchObject({
        state,
        evidence: expect.stringContaining(said),
      });
  });

  test('what is not there, not executable, or has a dead interpreter fails', async ({ stage }) => {
    stage.put('plain', 'text');
    stage.put('dead', '#!/old/.venv/bin/python3\n', 0o755);
    expect(await stage.ask('command:no-such-tool')).toMatchObject({ evidence: 'no-such-tool is not on the PATH' });
    expect(await stage.ask('command:./plain')).toMatchObject({ evidence: expect.stringContaining('chmod +x') });
    expect(await stage.ask('command:./dead')).toMatchObject({
      state: 'fail',
      evidence: expect.stringContaining('/old/.venv/bin/python3'),
    });
  });

  test.for<[what: string, script: string, state: string, evidence: RegExp]>([
    ['prints nothing', 'exit 0', 'inconclusive', /does not print a version: no output$/],
    ['prints it to stderr', 'echo \'openjdk version "21.0.4"\' >&2', 'pass', /is 21\.0\.4/],
    ['prints that of something else first', 'echo Using node v3.0.1; echo 21.0.4', 'pass', /is 21\.0\.4/],
    ['prints a number without a dot', 'echo "tool 590 (GNU regular expressions)"', 'pass', /is 590/],
    [
      'asks for an agreement',
      'echo "Accept the license 22.1? [y/N]"',
      'inconclusive',
      /does not print a version: Accept/,
    ],
    [
      'is a shim without its program',
      'echo "pyenv: python3.12: command not found / these have it: / 3.12.1 / 99.1" >&2; exit 127',
      'fail',
      /failed with exit code 127: pyenv: python3\.12: command not found/,
    ],
    [
      'cannot be loaded',
      'echo "tool: error while loading shared libraries: libpython3.12.so.1.0: cannot open" >&2; exit 127',
      'fail',
      /exit code 127: tool: error while loading shared libraries: libpython3\.12\.so\.1\.0/,
    ],
    [
      'prints its version and fails',
      'echo tool 21.0.4; echo "no daemon" >&2; exit 1',
      'fail',
      /exit code 1: no daemon$/,
    ],
    ['fails without a word', 'exit 3', 'fail', /--version failed with exit code 3$/],
    ['is killed', 'echo 21.0.4; kill -SEGV $$', 'fail', /--version was ended by SIGSEGV: 21\.0\.4$/],
    ['does not know --version', 'echo "usage: ssh [-46AaCf]" >&2; exit 255', 'fail', /usage: ssh .*the option "ask"/],
  ])('one that %s', async ([, script, state, evidence], { stage }) => {
    stage.put('tool', `#!/bin/sh\n${script}\n`, 0o755);
    expect(await stage.ask('command:./tool >=20')).toMatchObject({
      state,
      evidence: expect.stringMatching(evidence),
    });
  });

  test('one that hangs fails, before its budget is over', async ({ stage }) => {
    stage.put('stuck', '#!/bin/sh\nexec sleep 1000\n', 0o755);
    expect(await stage.ask('command:./stuck >=20')).toMatchObject({
      state: 'fail',
      evidence: expect.stringMatching(/did not end within 8s$/),
    });
  });

  test('one that waits for ever is inconclusive when its budget is over', async ({ stage }) => {
    stage.put('stuck', '#!/bin/sh\nexec sleep 1000\n', 0o755);
    expect(await stage.ask({ check: 'command', command: './stuck', version: '1', budget: '200ms' })).toMatchObject({
      state: 'inconclusive',
      evidence: 'no answer within 200ms',
    });
  });
});

describe('env', () => {
  test('the value is never shown', async ({ stage }) => {
    const ask = (spec: string, value?: string) => stage.ask(`env:${spec}`, { THE_URL: value });
    expect(await ask('THE_URL', 'tcp://very-secret')).toMatchObject({ state: 'pass', evidence: 'THE_URL is set' });
    expect(await ask('THE_URL=^https:', 'tcp://very-secret')).toMatchObject({
      state: 'fail',
      evidence: 'THE_URL is set, but does not match /^https:/',
    });
    expect(await ask('THE_URL')).toMatchObject({ state: 'fail', evidence: 'THE_URL is not set' });
    expect(await ask('THE_URL', '')).toMatchObject({ state: 'fail', evidence: 'THE_URL is empty' });
  });
});

describe('file and directory', () => {
  test('what is there passes with its size', async ({ stage }) => {
    stage.put('data.csv', 'x'.repeat(2_048));
    expect(await stage.ask('file:data.csv')).toMatchObject({
      state: 'pass',
      evidence: `${stage.folder}/data.csv, 2 KiB`,
    });
    expect(await stage.ask('directory:.')).toMatchObject({ state: 'pass' });
  });

  test('what is too small, too large, too old, no file or not there fails', async ({ stage }) => {
    const file = stage.put('data.csv', 'x');
    utimesSync(file, 1_000, 1_000);
    for (const [spec, said] of [
      [{ check: 'file', path: 'data.csv', minBytes: '1KiB' }, 'has 1 B, less than 1 KiB'],
      [{ check: 'file', path: 'data.csv', maxBytes: '0' }, 'has 1 B, more than 0 B'],
      [{ check: 'file', path: 'data.csv', maxAge: '1d' }, 'ago, more than 1d'],
      [{ check: 'file', path: '.' }, 'is not a regular file'],
      [{ check: 'file', path: 'gone' }, 'does not exist'],
      [{ check: 'directory', path: 'data.csv' }, 'is not a directory'],
      [{ check: 'directory', path: 'gone' }, 'does not exist'],
    ] as const)
      expect(await stage.ask(spec)).toMatchObject({ state: 'fail', evidence: expect.stringContaining(said) });
  });

  test('a missing directory can be made, one that a file is in the way of cannot', async ({ stage }) => {
    stage.put('taken');
    const { remedies } = await stage.ask('directory:out/deep');
    expect(remedies).toEqual([{ argv: ['mkdir', '-p', '--', `${stage.folder}/out/deep`], safety: 'safe' }]);
    expect(await stage.ask('directory:taken')).not.toHaveProperty('remedies');
  });
});

describe('writable', () => {
  test('it is proved by writing, and nothing is left', async ({ stage }) => {
    expect(await stage.ask('writable:.')).toMatchObject({ state: 'pass' });
    expect(await stage.ask('writable')).toMatchObject({ state: 'pass' });
    expect(readdirSync(stage.folder)).toEqual([]);
  });

  test('what is not there can be made', async ({ stage }) => {
    expect(await stage.ask('writable:out')).toMatchObject({
      state: 'fail',
      evidence: `${stage.folder}/out does not exist (stat: ENOENT)`,
      remedies: [{ safety: 'safe' }],
    });
  });

  test.skipIf(!seesOwners)('a file system that takes no files fails, even for root', async ({ stage }) => {
    expect(await stage.ask('writable:/proc/self')).toMatchObject({ state: 'fail' });
  });

  test.skipIf(isRoot)('a folder of somebody else fails', async ({ stage }) => {
    mkdirSync(join(stage.folder, 'locked'));
    chmodSync(join(stage.folder, 'locked'), 0o500);
    expect(await stage.ask('writable:locked')).toMatchObject({ evidence: expect.stringContaining('EACCES') });
  });

  test.skipIf(!canMount).for([
    ['a read-only mount', 'read-only', 'is on a read-only file system (open: EROFS)'],
    ['a full disk', 'full', 'is on a full file system (write: ENOSPC)'],
  ])('%s fails, and nothing is left', async ([, how = '', said], { stage }) => {
    const mount = await mounted(stage.folder, 'size=64k', how);
    try {
      const before = readdirSync(mount.folder);
      expect(await stage.ask(`writable:${mount.folder}`)).toMatchObject({
        state: 'fail',
        evidence: `${mount.folder} ${said}`,
      });
      expect(readdirSync(mount.folder)).toEqual(before);
    } finally {
      await mount.end();
    }
  });
});

describe('disk', () => {
  test('bytes and inodes are counted', async ({ stage }) => {
    expect(await stage.ask('disk:1')).toMatchObject({
      state: 'pass',
      evidence: expect.stringMatching(/ has .+ free$/),
    });
    expect(await stage.ask('disk:/ 900TiB')).toMatchObject({
      state: 'fail',
      evidence: expect.stringMatching(/^\/ has .+ free, less than 900 TiB$/),
    });
    expect(await stage.ask('disk:/no/such/place')).toMatchObject({
      state: 'fail',
      evidence: '/no/such/place does not exist',
    });
  });

  test.for([
    'disk:-1',
    'disk:/ -1',
    'disk:zz',
    'disk:data',
    'disk:lots of space',
    'disk:1.5GiB',
    'disk:2_GiB',
    'command:node latest',
  ])('a call that means nothing is refused: %s', async (spec, { stage }) => {
    await expect(stage.ask(spec)).rejects.toMatchObject({ code: 'usage' });
  });

  test.skipIf(!canMount)('a disk with room for bytes and none for files fails', async ({ stage }) => {
    const { folder, end } = await mounted(stage.folder, 'size=8m,nr_inodes=50');
    try {
      expect(await stage.ask(`disk:${folder} 1MiB`)).toMatchObject({
        state: 'fail',
        evidence: expect.stringMatching(/ has 8 MiB and \d+ inodes free, less than 1000 inodes$/),
      });
    } finally {
      await end();
    }
  });
});

describe('port', () => {
  test('a free one passes and stays free', async ({ stage }) => {
    const port = await freePort();
    for (const _ of [1, 2]) expect(await stage.ask(`port:${port}`)).toMatchObject({ state: 'pass' });
  });

  test('a held one fails, on whatever address', async ({ stage }) => {
    const { port, close } = await accept();
    expect(await stage.ask(`port:${port}`)).toMatchObject({ state: 'fail' });
    expect(await stage.ask(`port:127.0.0.1:${port}`)).toMatchObject({ state: 'fail' });
    await close();
  });

  test.skipIf(!seesOwners)('who holds it is named', async ({ stage }) => {
    const holder = spawn(process.execPath, ['./hold-port.mjs'], {
      cwd: fixture(''),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = (await once(holder.stdout, 'data')) as [Buffer];
      const { evidence } = await stage.ask(`port:${String(line).trim()}`);
      expect(evidence).toContain(`is in use by ${basename(process.execPath)} ./hold-port.mjs (pid ${holder.pid})`);
    } finally {
      const identity = identify(holder.pid ?? 0);
      if (identity !== undefined) signalIfSame(identity, 'SIGKILL');
    }
  });
});

/** A tmpfs mounted on this folder for a process of its own, seen through it. */
async function mounted(folder: string, options: string, how = '') {
  const holder = spawn('unshare', ['-rm', fixture('mounted.sh'), folder, options, how], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'exit');
  await Promise.race([once(holder.stdout, 'data'), ended]);
  return {
    folder: `/proc/${holder.pid}/root${folder}`,
    async end() {
      holder.stdin.end();
      await ended;
    },
  };
}
