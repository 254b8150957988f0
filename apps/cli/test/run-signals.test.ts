import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, until } from '@pm/testing';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';

const MAIN = built(fileURLToPath(new URL('../dist/main.cjs', import.meta.url)));
const SUMMARY = fileURLToPath(new URL('fixtures/summary.sh', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pm-signals-'));
const env = { ...process.env, PM_DIR: join(folder, '.pm'), PM_RESIDENT: 'off', _: 'vitest' };

afterAll(async () => {
  const { stdout } = await pm('ls', '--json');
  const live = (JSON.parse(stdout) as { runs: { step: string; state: string }[] }).runs.filter(
    ({ state }) => state !== 'ended',
  );
  if (live.length > 0) await pm('stop', '--force', ...live.map(({ step }) => step));
  await rm(folder, { recursive: true, force: true, maxRetries: 50 }); // a wrapper may still remove files
});

/** `pm run`, once its job has printed `ready`. */
async function attached(step: string, options: string[], signals: string[], more = {}): Promise<Attached> {
  const job = ['sh', SUMMARY, ...signals];
  const child = spawn(process.execPath, [MAIN, 'run', step, ...options, '--', ...job], {
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run: Attached = { child, out: '', err: '', code: undefined };
  child.stdout.on('data', (bytes) => {
    run.out += bytes;
  });
  child.stderr.on('data', (bytes) => {
    run.err += bytes;
  });
  child.on('close', (code, signal) => {
    run.code = code ?? signal;
  });
  await until(() => run.out.includes('ready') || run.code !== undefined);
  return run;
}

interface Attached {
  readonly child: ChildProcess;
  out: string;
  err: string;
  code: number | string | null | undefined;
}

describe.concurrent('Ctrl-C on pm run', () => {
  test('the job gets SIGINT first, and its summary is shown', async () => {
    const run = await attached('polite', [], ['INT', 'TERM']);
    run.child.kill('SIGINT');
    await until(() => run.code !== undefined);
    expect([run.code, run.out]).toEqual([130, expect.stringMatching(/got INT\n$/)]);
    expect(run.err).toContain('cancelled');
  });

  test('SIGTERM follows after half of the grace', async () => {
    const run = await attached('deaf', ['--grace', '2s'], ['INT', 'TERM'], { IGNORES: 'INT' });
    run.child.kill('SIGINT');
    await until(() => run.code !== undefined);
    expect([run.code, run.out]).toEqual([130, expect.stringMatching(/got INT\n(?:.*\n)*got TERM\n$/)]);
  });

  test('SIGKILL follows after the grace', async () => {
    const run = await attached('deafer', ['--grace', '1s'], ['INT', 'TERM'], { IGNORES: 'INT TERM' });
    run.child.kill('SIGINT');
    await until(() => run.code !== undefined);
    expect([run.code, run.out]).toEqual([130, expect.stringContaining('got INT')]);
  });

  test('a second one hurries', async () => {
    const run = await attached('hurried', ['--grace', '1h'], ['INT', 'TERM'], { IGNORES: 'INT TERM' });
    run.child.kill('SIGINT');
    await until(() => run.out.includes('got INT'));
    run.child.kill('SIGINT');
    await until(() => run.code !== undefined);
    expect(run.code).toBe(130);
  });

  test('SIGTERM is passed on as SIGTERM', async () => {
    const run = await attached('asked', [], ['INT', 'TERM']);
    run.child.kill('SIGTERM');
    await until(() => run.code !== undefined);
    expect([run.code, run.out]).toEqual([130, expect.stringMatching(/got TERM\n$/)]);
    expect(run.out).not.toContain('got INT');
  });
});

describe.concurrent('signals to pm run itself', () => {
  test.each(['SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGALRM', 'SIGVTALRM', 'SIGXCPU', 'SIGABRT', 'SIGTRAP'] as const)(
    '%s ends it, and it says that the job goes on and how to find it',
    async (name) => {
      const run = await attached(name, [], ['TERM']);
      run.child.kill(name);
      await until(() => run.code !== undefined);
      expect(run.code).toBe(128 + constants.signals[name]);
      expect(run.err).toMatch(new RegExp(`${name} ended only the wait; the job goes on\npm: next: .* wait ${name}\n`));
      expect((await pm('status', name, '--json')).stdout).toContain('"state":"running"');
    },
  );

  test.each(['SIGUSR1', 'SIGPIPE', 'SIGWINCH'] as const)('%s does nothing', async (name) => {
    const run = await attached(name, [], ['TERM']);
    run.child.kill(name);
    await pm('status', name);
    expect([run.code, run.err]).toEqual([undefined, expect.not.stringContaining('Debugger')]);
    run.child.kill('SIGTERM');
    await until(() => run.code !== undefined);
    expect(run.out).toContain('got TERM');
  });

  test('under nohup a hangup ends neither pm run nor the job', async () => {
    const run = await attached('nohup', [], ['TERM'], { _: '/usr/bin/nohup' });
    run.child.kill('SIGHUP');
    const { stdout } = await pm('status', 'nohup', '--json');
    const { pid } = JSON.parse(stdout).runs[0];
    expect(run.code).toBeUndefined();
    if (process.platform === 'linux')
      expect(BigInt(`0x${/SigIgn:\s*(\S+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]}`) & 1n).toBe(1n);
    run.child.kill('SIGTERM');
    await until(() => run.code !== undefined);
  });
});

function pm(...argv: string[]) {
  return execa(process.execPath, [MAIN, ...argv], { env, reject: false, stdin: 'ignore' });
}
