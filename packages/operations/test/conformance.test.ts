import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LONG } from '@pm/testing';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { KeptPromise } from '../src/conformance/conformance-answer.ts';
import { levelReached, PROMISES, type PromiseName } from '../src/conformance/promises.ts';
import { testWriter } from '../src/conformance/test-writer.ts';
import { operations } from '../src/index.ts';

vi.setConfig({ maxConcurrency: 4 });

const folder = mkdtempSync(join(tmpdir(), 'pm-writers-'));
afterAll(() => rmSync(folder, { recursive: true }));
const example = (name: string): string => fileURLToPath(new URL(`../../../examples/writers/${name}`, import.meta.url));
const broken = fileURLToPath(new URL('fixtures/broken-writer.py', import.meta.url));
const isInstalled = (program: string): boolean => spawnSync(program, ['-c', ':']).error === undefined;
const nativeWriter = fileURLToPath(new URL('fixtures/native-writer.mjs', import.meta.url));
/** Those but the first two only in `npm run test:long`. zsh runs scripts of sh when it is called sh. */
const SHELLS: readonly (readonly [title: string, program: string, link?: string])[] = [
  ['dash', 'dash'],
  ['bash', 'bash'],
  ['busybox ash', 'busybox', 'ash'],
  ['mksh', 'mksh'],
  ['ksh93', 'ksh93'],
  ['zsh as sh', 'zsh', 'sh'],
];
const found = (program: string): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((place) => join(place, program))
    .find((path) => existsSync(path));
const neverAborted = new AbortController().signal;
const missedOf = (promises: readonly KeptPromise[]): KeptPromise[] => promises.filter(({ kept }) => !kept);

/** The script of `pm template`, with a beat as short as it is asked for. */
async function template(shell: string): Promise<string> {
  const { input, run } = await operations.template();
  const { script } = await run(input.parse({ dir: '.' }), { cwd: folder, env: {}, signal: neverAborted });
  const file = join(folder, `${shell}.sh`);
  writeFileSync(
    file,
    script
      .replace(/^step='job'/m, 'step=$WRITER_STEP')
      .replace(/^dir='\.'/m, 'dir=$WRITER_DIR')
      .replace(/^beat=10/m, 'beat=1'),
  );
  return file;
}

describe.concurrent('a writer that keeps every promise', () => {
  test.skipIf(!isInstalled('python3'))('examples/writers/writer.py', async () => {
    expect(
      missedOf(
        await testWriter({ argv: [example('writer.py'), '{step}', '{dir}'], env: process.env, signal: neverAborted }),
      ),
    ).toEqual([]);
  });

  test.skipIf(!isInstalled('perl'))('examples/writers/writer.pl', async () => {
    expect(
      missedOf(
        await testWriter({ argv: [example('writer.pl'), '{step}', '{dir}'], env: process.env, signal: neverAborted }),
      ),
    ).toEqual([]);
  });

  for (const [i, shell] of ['dash', 'bash', 'busybox', 'mksh'].entries()) {
    const reason = isInstalled(shell) ? (i < 2 || LONG ? '' : ' (npm run test:long)') : ' (not installed)';
    test.skipIf(reason !== '')(`pm template under ${shell}${reason}`, async () => {
      const argv = [shell, ...(shell === 'busybox' ? ['ash'] : []), await template(shell)];
      expect(missedOf(await testWriter({ argv, env: process.env, signal: neverAborted }))).toEqual([]);
    });
  }
});

describe.concurrent('our own wrapper keeps every promise (build first)', () => {
  for (const [i, [title, program, link]] of SHELLS.entries()) {
    const path = found(program);
    const reason = path === undefined ? ' (not installed)' : i < 2 || LONG ? '' : ' (npm run test:long)';
    test.skipIf(reason !== '')(`under ${title}${reason}`, async () => {
      const shell = link === undefined ? (path ?? '') : join(mkdtempSync(join(folder, 'link-')), link);
      if (link !== undefined) symlinkSync(path ?? '', shell);
      const argv = [process.execPath, nativeWriter, shell, '{step}', '{dir}'];
      expect(missedOf(await testWriter({ argv, env: process.env, signal: neverAborted }))).toEqual([]);
    });
  }
});

describe.concurrent('a fault is caught by the name of the promise', () => {
  test.skipIf(!isInstalled('python3')).for<[fault: string, promise: PromiseName, evidence: RegExp]>([
    ['writes-pid-late', 'pid-before-command', /there was no \.pid when the command began/],
    ['labels-pid', 'pid-names-the-run', /"pid: \d+/],
    ['writes-a-pid-of-nobody', 'pid-names-the-run', /2147483647 is not alive/],
    ['says-running', 'no-status-while-running', /"RUNNING/],
    ['says-done', 'success-after-exit-0', /did not appear/],
    ['keeps-status', 'old-status-removed', /in the next run, before it has ended/],
    ['says-success-after-7', 'failed-after-exit-7', /"SUCCESS"/],
    ['says-success-after-a-signal', 'failed-after-a-signal', /"SUCCESS"/],
    ['ignores-a-missing-command', 'failed-without-a-command', /"SUCCESS"/],
    ['uses-a-shell', 'arguments-as-given', /the command got/],
    ['has-no-heartbeat', 'heartbeat-goes-on', /written 0 times within 30 s/],
    ['beats-once', 'heartbeat-goes-on', /written 1 times within 30 s/],
    ['leaves-its-heartbeat', 'heartbeat-ends', /still renewed/],
    ['is-deaf', 'term-ends-command', /still alive/],
    ['says-success-after-term', 'term-is-no-success', /"SUCCESS"/],
    ['drops-stderr', 'log-has-output', /it has "to standard output/],
    ['cuts-its-log', 'log-is-whole', /of 20000 lines/],
    ['writes-result-late', 'result-before-status', /it has ""/],
    ['leaves-a-result', 'no-result-after-failure', /answer/],
    ['exits-0', 'exit-code-passed-on', /after exit 7 0/],
    ['mixes-up-steps', 'two-at-once', /./],
    ['runs-anyway', 'unwritable-refused', /the command ran, but its ending/],
    ['refuses-with-0', 'unwritable-refused', /exits 0/],
  ])('%s: %s', async ([fault, promise, evidence]) => {
    const argv = [broken, fault, '{step}', '{dir}'];
    const promises = await testWriter({ argv, env: process.env, signal: neverAborted }, [promise]);
    const found = promises.find((one) => one.promise === promise);
    expect(found).toMatchObject({ kept: false, evidence: expect.stringMatching(evidence) });
  });
});

test.each<[PromiseName[], number]>([
  [[], 3],
  [['log-is-whole'], 2],
  [['heartbeat-goes-on', 'log-is-whole'], 1],
  [['failed-after-exit-7'], 0],
  [['failed-after-exit-7', 'log-is-whole'], 0],
])('whoever misses %j reaches level %i', (missed, level) => {
  expect(levelReached(new Set(missed))).toBe(level);
});

test('the answer names the level, the claim and each promise once; a writer that does not start keeps none', async () => {
  const { input, output, run } = await operations.conformance();
  const context = { cwd: folder, env: process.env, signal: neverAborted };
  const answer = (await output()).parse(await run(input.parse({ command: ['./nowhere'], level: '2' }), context));
  expect(answer).toMatchObject({ level: 0, claimed: 2 });
  expect(answer.promises.map(({ promise }) => promise).sort()).toEqual(Object.keys(PROMISES).sort());
  expect(answer.promises.filter(({ kept }) => kept)).toEqual([]);
  expect(answer.promises[0]?.evidence).toMatch(/^the writer did not start: .*ENOENT/);
});
