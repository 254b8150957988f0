import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../dist/main.cjs', import.meta.url));
const OWN_CHECK = fileURLToPath(new URL('fixtures/own-check.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pm-cli-'));
const PM = join(folder, 'pm');
const FULL_PIPE = fileURLToPath(new URL('fixtures/full-pipe.py', import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;
const canUnshare = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0;

beforeAll(() => {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: build first (turbo run build --filter=@pm/cli)`);
  symlinkSync(MAIN, PM);
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 50 })); // a wrapper may still remove files

// Each test starts programs and waits for them.
describe.concurrent('the built pm', () => {
  test('says its version', async () => {
    expect((await pm('--version')).stdout).toMatch(/^\d+\.\d+\.\d+/);
  });

  test('shows its page of help', async () => {
    expect((await pm('--help')).stdout).toMatch(/^pm \(Process Monitor\)/);
  });

  test.each([
    ['an unknown verb', ['strat', 'train'], 'did you mean start?'],
    ['a bad flag', ['ls', '--bogus'], 'pm ls has no option --bogus'],
    ['a missing command', ['start', 'python', 'train.py'], 'write the command after --'],
    ['a step that no configuration knows', ['start', 'train'], 'train has no command'],
  ])('refuses %s with 125', async (_what, argv, message) => {
    const { exitCode, stdout, stderr } = await pm(...argv);
    expect([exitCode, stdout]).toEqual([125, '']);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^pm: next: pm /m);
  });

  test('answers a mistake in JSON when asked for JSON', async () => {
    const { exitCode, stdout, stderr } = await pm('start', '--json', 'a', 'b');
    expect([exitCode, stderr]).toEqual([125, '']);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'usage', next: 'pm start --json -- a b' } });
  });

  test('ends quietly when its reader has gone', async () => {
    const child = spawn(process.execPath, [PM, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (bytes) => {
      said += bytes;
    });
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      child.on('close', (...ending) => resolve(ending));
    });
    expect([code, signal, said]).toEqual([0, null, '']);
  });

  test.skipIf(!existsSync('/dev/full')).for([['ls'], ['ls', '--json'], ['--help']])(
    'fails when its answer cannot be written: %j',
    async (args) => {
      const full = openSync('/dev/full', 'w');
      const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: ['ignore', full, 'pipe'] });
      closeSync(full);
      const [stderr] = await Promise.all([text(child.stderr as Readable), once(child, 'close')]);
      expect([child.exitCode, stderr]).toEqual([125, expect.stringContaining('ENOSPC')]);
    },
  );

  test.skipIf(!hasPython || process.platform !== 'linux')(
    'comes back to a pipe that was full and does not wait',
    async () => {
      const { stdout } = await pm('--help');
      const { stdout: behind } = await execa('python3', [FULL_PIPE, process.execPath, MAIN, '--help']);
      expect(behind).toBe(stdout);
    },
  );

  test('prints a template that is copied to another folder, and ends its wait with the code of the job', async () => {
    const { stdout } = await pm('template', '--step', 'train');
    const other = join(folder, 'other machine');
    mkdirSync(join(other, '.git'), { recursive: true });
    writeFileSync(join(folder, 'train.sh'), stdout);
    const here = { cwd: other, env: { PM_DIR: '' }, reject: false };
    await execa('sh', [join(folder, 'train.sh'), 'sh', '-c', 'exit 3'], here);
    expect(readFileSync(join(other, '.pm/train.status'), 'utf8')).toBe('FAILED 3\n');
    expect((await execa(process.execPath, [MAIN, 'wait', 'train'], here)).exitCode).toBe(3);
  });

  test('proves itself', async () => {
    const { exitCode, stdout } = await pm('doctor', '--json', '--dir', 'records');
    const { findings } = JSON.parse(stdout);
    expect(findings).toContainEqual(expect.objectContaining({ check: 'survival', result: 'pass' }));
    expect(findings.filter(({ result }: { result: string }) => result === 'fail' || result === 'skip')).toEqual([]);
    expect(exitCode).toBe(0);
  });

  test('is a gate before a loop, and keeps checks of a project’s own apart from itself', async () => {
    const own = ['pass', 'exit', 'linger'].map((way) => ['--check', `${OWN_CHECK}:${way}`]);
    const open = await pm('preflight', '--json', ...own.flat());
    expect(JSON.parse(open.stdout).findings.map(({ state }: { state: string }) => state)).toEqual([
      'inconclusive',
      'pass',
      'pass',
    ]);
    expect(open.exitCode).toBe(0);
    const shut = await pm('preflight', '--check', 'directory:gone', '--check', `command:node >=18`);
    expect([shut.exitCode, shut.stdout]).toEqual([
      121,
      expect.stringMatching(/^✗ fail the directory exists: .*gone does not exist → mkdir -p -- /),
    ]);
    expect(shut.stdout).toContain('\nnext: ');
  });

  test('ends when one of several checks is none, though another was opened', async () => {
    const project = join(folder, 'two-checks');
    mkdirSync(project);
    writeFileSync(join(project, 'pm.config.json'), JSON.stringify({ checks: [`${OWN_CHECK}:pass`, 'env'] }));
    const preflight = ['preflight', '--check', `${OWN_CHECK}:pass`, '--check', 'nothere'];
    for (const argv of [preflight, ['start', '--', 'true']]) {
      const { exitCode, stderr, timedOut } = await pmIn(project, ...argv);
      expect([timedOut, exitCode]).toEqual([false, 125]);
      expect(stderr).toMatch(/there is no check "nothere"|checks\[1\] \(env\)/);
    }
  });

  test.skipIf(process.platform !== 'linux').for(['file', 'tee', 'wait', 'loop'])(
    'takes its own output, or that of the loop around it, for no change of the work: %s',
    async (way) => {
      const repository = join(folder, way);
      cpSync(fileURLToPath(new URL('fixtures', import.meta.url)), repository, { recursive: true });
      writeFileSync(join(repository, 'fail.sh'), 'echo AssertionError: no; exit 1\n');
      writeFileSync(join(repository, '.gitignore'), 'began\n');
      const as = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'commit.gpgsign=false'];
      for (const args of [
        ['init', '-q'],
        ['add', '.'],
        ['commit', '-qm', 'one'],
      ])
        execFileSync('git', [...as, ...args], { cwd: repository });
      const log = openSync(join(repository, 'loop.log'), 'w');
      const env = { ...process.env, NODE_EXTRA_CA_CERTS: undefined, PM_RESIDENT: 'off' };
      const loop = spawn('sh', ['repeat.sh', PM, way], { cwd: repository, env, stdio: ['ignore', log, log] });
      closeSync(log);
      await once(loop, 'exit');
      expect(loop.exitCode).toBe(0);
      if (way === 'loop') expect(readFileSync(join(repository, 'began'), 'utf8')).toBe('began\n'.repeat(3));
      else expect(readdirSync(join(repository, '.pm/runs'))).toHaveLength(3);
    },
  );

  test.skipIf(!canUnshare)('says when its sandbox will take the job along, and it does', async () => {
    const sandbox = ['--pid', '--fork', '--mount-proc', PM, 'start', '--dir', 'sandboxed', '--', 'sleep', '60'];
    const { stdout } = await execa('unshare', sandbox, {
      cwd: folder,
      env: { NODE_EXTRA_CA_CERTS: undefined, PM_RESIDENT: 'off' },
    });
    expect(stdout).toMatch(/^note: this sandbox \(PID 1: .+\) ends all its jobs when it ends$/m);
    const { stdout: outside } = await pm('start', 'outside', '--wait', '--dir', 'sandboxed', '--', 'true');
    expect(outside).not.toContain('sandbox (');
  });

  test('carries the wrapper it starts, and the licences of what it bundles', () => {
    const wrapper = statSync(fileURLToPath(new URL('../dist/wrapper.sh', import.meta.url)));
    expect(wrapper.mode & 0o777).toBe(0o755);
    for (const asset of ['assets/template.sh', 'assets/starter.mjs', 'schema/config.json'])
      expect(existsSync(new URL(`../dist/${asset}`, import.meta.url))).toBe(true);
    expect(existsSync(new URL('../dist/THIRD-PARTY-LICENSES.txt', import.meta.url))).toBe(true);
  });
});

function pm(...argv: string[]) {
  return pmIn(folder, ...argv);
}

function pmIn(cwd: string, ...argv: string[]) {
  return execa(PM, argv, {
    reject: false,
    timeout: 240_000, // ends what would hang
    killSignal: 'SIGKILL',
    cwd,
    env: { NODE_EXTRA_CA_CERTS: undefined, PM_RESIDENT: 'off', PATH: `${folder}${delimiter}${process.env['PATH']}` },
  });
}
