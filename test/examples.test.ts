import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { built } from '@pm/testing';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../apps/cli/dist/main.cjs', import.meta.url));

// The examples are run as a reader runs them, and their output is compared with what they promise.
test.concurrent('an agent dies, and the next one recovers its job and acts on the advice', async () => {
  const { stdout, stderr, status } = await told('recovery');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/4\. A new agent recovers\.\n.*\n {2}work: timeout \(.+\) → raise-limit\n/);
  expect(stdout).toMatch(/\n {2}work: success \(exit 0\) → proceed\n5\./);
  expect(stdout.trim()).toMatch(/nothing new$/);
});

const canMakeVenvs = spawnSync('python3', ['-c', 'import venv']).status === 0;

test
  .skipIf(!canMakeVenvs)
  .concurrent('a renamed project: its dead scripts are named and mended, and the start goes through', async () => {
    const { stdout, stderr, status } = await told('renamed-project');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/\n2\. [\s\S]*refused \(cannot-execute\): \/new-name\/.venv\/bin\/train asks for/);
    expect(stdout).toMatch(/\n3\. [\s\S]*next: .* preflight --check venv-scripts:\.venv \(likely: the interpreter of/);
    expect(stdout).toMatch(/\n4\. [\s\S]*1 of 1 scripts cannot run: train; [\s\S]*not ready: 2 failed/);
    expect(stdout).toMatch(/\n5\. [\s\S]*mend-venv\.mjs [\s\S]*\nready/);
    expect(stdout.trim()).toMatch(/\n6\. [\s\S]*\ntrain success in .*$/);
  });

test.concurrent('three failures open the breaker; an edit gets the trial, or the service comes back', async () => {
  const { stdout, stderr, status } = await told('breaker');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const failures = (third: string, error: string): string =>
    `   failed → fix\n   failed → fix\n   failed → ${third}\n   refused: check: failed 3 times with the same error (${error}), and nothing that git sees has changed since`;
  expect(stdout.split(/^\d\. .*\n/m).slice(1)).toEqual([
    `${failures('fix', 'AssertionError: source.txt is not fixed')}\n`,
    '   success → proceed\n',
    `${failures('abort', 'ECONNREFUSED 127.0.0.1:8123')}; likely an infrastructure problem, not the work itself\n`,
    '   success → proceed\n',
  ]);
});

const hasRedis =
  spawnSync('redis-cli', ['--version']).status === 0 && spawnSync('redis-server', ['--version']).status === 0;

test
  .skipIf(!hasRedis)
  .concurrent('two hosts, one of them dies: what may run twice does so, and the other is told as lost', async () => {
    const { stdout, stderr, status } = await told('fleet');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [, asked, joined, died, left, leaves] = stdout.split(/^\d\. .*\n/m);
    expect(asked).toMatch(
      /train queued · 1st in gpu; no worker is connected .*\n.*sweep queued · 2nd in gpu; no worker is connected /,
    );
    expect(joined).toMatch(/ 2 running · 0 waiting\n +host +gpu-1\n +running +train \(\/laptop\) on gpu-1\n/);
    expect(died).toMatch(/train lost after .* gpu-1 did not extend its lease/);
    expect(died).toMatch(/\n {3}sweep success in .*\n$/);
    expect(died).not.toContain('sandbox');
    expect(left?.match(/ lost after .* its worker has not extended its lease/g)).toHaveLength(2);
    expect(leaves).toMatch(/sweep started.*\n {3}sweep success in /);
  });

test.concurrent('three worktrees, two agents, one queue: who waits is told its place, and then its ending', async () => {
  const { stdout, stderr, status } = await told('queue');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const [, first, second, urgent, waited, news, times] = stdout.split(/^\d\. .*\n/m);
  expect(first).toMatch(/^ {3}build started · .* next: pm wait build\n$/);
  expect(second).toBe(
    '   build queued · 1st in heavy behind build (api) · next: pm wait build\n' +
      '   links queued · 2nd in heavy behind build (api) · next: pm wait links\n',
  );
  expect(urgent).toMatch(/evidence {2}1st in heavy behind build \(api\)\n$/);
  expect(waited).toMatch(/^ {3}build success in .*\n {3}links success in .*\n$/);
  expect(news).toMatch(/^ {3}build success in .*\n$/);
  const order = ['api began', 'api ended', 'docs began', 'docs ended', 'web began', 'web ended'];
  expect(times?.trim().split(/\n */)).toEqual(order);
});

test.concurrent('start, test, stop: three calls, or one; what fails is told at once, and nothing is left', async () => {
  const { stdout, stderr, status } = await told('services');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const [, three, shared, one, failed, left] = stdout.split(/^\d\. .*\n/m);
  const ready = / {3}\$ pm ensure web\n {3}web ready after .* 200 OK .*\n {3}exit 0\n/.source;
  const tested = / {3}\$ node e2e\.mjs .*\n {3}the page says hello\n {3}exit 0\n/.source;
  const down = / {3}\$ pm down\n {3}web cancelled .* no process is left · port \d+ is free\n {3}exit 0\n/.source;
  const again = / {3}\$ pm ensure web\n {3}web already running for .*, ready · .*\n {3}exit 0\n/.source;
  expect(three).toMatch(new RegExp(`^${ready}${tested}${down}$`));
  expect(shared).toMatch(new RegExp(`^${ready}${again}${down}$`));
  // The resident may have stopped the server first, and whoever stops it tells so.
  expect(one).toMatch(
    /^ {3}\$ pm run e2e\n {3}the page says hello\n[\s\S]* success in .*\n(.*stopped web, .*\n)? {3}exit 0\n$/,
  );
  expect(failed).toMatch(/e2e was not started, because web is not ready: it ended with exit code 1/);
  expect(failed).toMatch(/\| Error: connect ECONNREFUSED 127\.0\.0\.1:5432\n[\s\S]* {3}exit 117\n$/);
  expect(left).toMatch(/ {3}nothing runs or waits here\n {3}exit 0\n/);
  expect(left).toMatch(/nothing to recover: no run is live, and every result was reported\n {3}exit 0\n$/);
});

/** What a story prints, and how it ends. */
async function told(name: string): Promise<{ stdout: string; stderr: string; status: number | null }> {
  const story = fileURLToPath(new URL(`../examples/${name}/story.mjs`, import.meta.url));
  built(MAIN);
  const child = spawn(process.execPath, [story], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { stdout, stderr, status: child.exitCode };
}
