import { existsSync, rmSync } from 'node:fs';
import { findResident } from '@pm/monitor';
import { isAlive, signalIfSame } from '@pm/process';
import { decodeJson, FailingRecord, readyPath } from '@pm/protocol';
import { presentIn, readRecord } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { residentCall, useBuilt } from './built.ts';
import { freePort, serves } from './servers.ts';
import { test as base, type Stage } from './stage.ts';

// Real servers that die, or answer no more, and a real resident.

useBuilt();

const test = base.extend<{ stage: Stage }>({
  stage: async ({ stage }, use) => {
    await use(stage);
    await until(() => {
      const resident = findResident(stage.dir);
      return resident === undefined || !signalIfSame(resident.identity, 'SIGTERM');
    }, 'the resident leaves');
  },
});

describe('a server that is started again', () => {
  test('dies after it was ready, and its resident is killed: it comes back and is ready again', async ({ stage }) => {
    const port = await freePort();
    await startReady(stage, [`tcp:${port}`], serves('127.0.0.1', port, 'mortal'), {
      restart: 'on-failure',
      retries: 90,
    });
    await killResident(stage);
    stage.cue('die');
    await until(() => existsSync(`${stage.files().exit}.1`), 'the first attempt has failed');
    rmSync(`${stage.folder}/die`);
    await until(() => existsSync(stage.files().attempt), 'another attempt has begun');
    const answer = await stage.ask('ensure', { step: 'web', readyTimeout: '30s' });
    expect(answer).toMatchObject({ alreadyRunning: true, runs: [{ state: 'running', ready: true }] });
    const [run] = answer.runs;
    expect(run?.attempt).toBeGreaterThan(1);
    expect(existsSync(readyPath(stage.dir, run?.id ?? '', run?.attempt ?? 0))).toBe(true);
  });

  test('the resident sees that the next attempt is ready', async ({ stage }) => {
    const port = await freePort();
    await startReady(stage, [`tcp:${port}`], serves('127.0.0.1', port, 'mortal'), {
      restart: 'on-failure',
      retries: 90,
    });
    stage.cue('die');
    await until(() => existsSync(`${stage.files().exit}.1`), 'the first attempt has failed');
    rmSync(`${stage.folder}/die`);
    const { id = '' } = await stage.askOne('status', { step: 'web' }, here(stage));
    await until(
      () => [2, 3, 4, 5, 6].some((n) => existsSync(readyPath(stage.dir, id, n))),
      'the resident has seen that a later attempt is ready',
    );
  });

  test('always dies after that: it is given up, and nothing starts it again', async ({ stage }) => {
    const port = await freePort();
    const policy = { restart: 'always', retries: 2, backoff: '100ms' };
    await startReady(stage, [`tcp:${port}`], serves('127.0.0.1', port, 'mortal'), policy);
    stage.cue('die');
    const run = await stage.askOne('wait', { steps: ['web'] }, here(stage));
    expect(run).toMatchObject({ outcome: 'failed', reason: 'gave-up', exitCode: 7, attempts: 3 });
    expect(run.tail).toContain('Error: it is over');
  });
});

describe('--liveness check', () => {
  test('a server that was ready and fails its check for longer than the stale time is hung', async ({ stage }) => {
    const url = await startWell(stage, '3s');
    rmSync(`${stage.folder}/well`);
    await until(() => (failing(stage)?.times ?? 0) > 0, 'the resident has seen it fail');
    await killResident(stage); // the next one goes on counting
    const run = await stage.askOne('wait', { steps: ['web'] }, here(stage));
    expect(run).toMatchObject({ outcome: 'hung', reason: 'no-evidence' });
    expect(run.evidence).toMatch(/^its ready checks have failed for [\d.]+s, asked \d+ times, limit 3s: /);
    expect(run.evidence).toContain(`${url}: 503`);
  });

  test('one that fails for a while and is well again lives', async ({ stage }) => {
    await startWell(stage, '2m');
    rmSync(`${stage.folder}/well`);
    await until(() => (failing(stage)?.times ?? 0) > 0, 'the resident has seen it fail');
    stage.cue('well');
    await until(() => failing(stage)?.times === 0, 'the resident has seen it pass');
    expect(failing(stage)).toMatchObject({ attempt: 1, forMs: 0 });
    expect(await stage.askOne('status', { step: 'web' })).toMatchObject({ state: 'running' });
  });

  test('needs a check that says something about now: a line that was printed does not', async ({ stage }) => {
    const start = stage.ask('start', { step: 'web', command: ['true'], ready: ['line:hello'], liveness: 'check' });
    await expect(start).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('asked again') });
    expect(existsSync(`${stage.dir}/web.pid`)).toBe(false);
  });
});

function here(stage: Stage) {
  return { env: { ...stage.env, PM_RESIDENT: undefined }, resident: residentCall() };
}

async function startReady(
  stage: Stage,
  ready: readonly string[],
  command: readonly string[],
  more: object,
): Promise<void> {
  const input = { step: 'web', command, ready, waitReady: true, readyTimeout: '30s', ...more };
  const { runs } = await stage.ask('start', input, here(stage));
  expect(runs).toMatchObject([{ ready: true }]);
}

async function startWell(stage: Stage, stale: string): Promise<string> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  stage.cue('well');
  await startReady(stage, [url], serves('127.0.0.1', port, 'unwell'), { liveness: 'check', stale });
  return url;
}

async function killResident(stage: Stage): Promise<void> {
  await until(() => findResident(stage.dir) !== undefined, 'there is a resident');
  const resident = findResident(stage.dir);
  if (resident === undefined) throw new Error('no resident');
  signalIfSame(resident.identity, 'SIGKILL');
  await until(() => !isAlive(resident.identity), 'the resident is dead');
}

function failing(stage: Stage): FailingRecord | undefined {
  return presentIn(readRecord(stage.files().failing, (text) => decodeJson(FailingRecord, text)));
}
