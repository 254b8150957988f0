import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { freePort, serves } from './servers.ts';
import { type Stage, test } from './stage.ts';

/** Starts a server and waits until it is ready. */
function startReady(stage: Stage, ready: readonly string[], command: readonly string[], more: object = {}) {
  return stage.ask('start', { step: 'web', command, ready, waitReady: true, readyTimeout: '30s', ...more });
}

describe('a start that waits until its run is ready', () => {
  test.for<[string, host: string, spec: (port: number) => string]>([
    ['by tcp', '127.0.0.1', (port) => `tcp:${port}`],
    ['by tcp, on IPv6 only', '::1', (port) => `tcp:${port}`],
    ['by http', '127.0.0.1', (port) => `http:http://127.0.0.1:${port}/health`],
    ['by a URL alone, on IPv6 only', '::1', (port) => `http://[::1]:${port}/`],
    ['by its output', '127.0.0.1', (port) => `line:listening on ${port}`],
  ])('returns %s', async ([, host, spec], { stage }) => {
    const port = await freePort(host);
    const answer = await startReady(stage, [spec(port)], serves(host, port));
    expect(answer.runs).toMatchObject([{ step: 'web', state: 'running', ready: true, readyMs: expect.any(Number) }]);
    expect(answer.next).toEqual([{ operation: 'stop', input: { steps: ['web'], dir: stage.dir }, why: 'end it' }]);
    const record = JSON.parse(readFileSync(stage.files().ready, 'utf8')) as object;
    expect(record).toEqual({ v: 1, at: expect.any(Number), evidence: answer.runs[0]?.readyEvidence });
  });

  test('a line counts as a person sees it, however it is written', async ({ stage }) => {
    const port = await freePort();
    const { runs } = await startReady(stage, [`line:listening on ${port}`], serves('127.0.0.1', port, 'colourful'));
    expect(runs).toMatchObject([{ ready: true, readyEvidence: `it printed "listening on ${port}"` }]);
  });

  test('python serves, and a file is made', async ({ stage }) => {
    const port = await freePort();
    const command = ['python3', '-u', '-m', 'http.server', '--bind', '127.0.0.1', String(port)];
    writeFileSync(join(stage.folder, 'made'), '');
    const { runs } = await startReady(stage, [`http://127.0.0.1:${port}/`, 'file:made'], command);
    expect(runs[0]).toMatchObject({ ready: true, readyEvidence: expect.stringMatching(/200 OK.*; .*made/) });
  });

  test('waits for a late server that is unwell at first, and says why it is not ready', async ({ stage }) => {
    const port = await freePort();
    const starting = startReady(stage, [`http://127.0.0.1:${port}/`], serves('127.0.0.1', port, 'late', 'unwell'));
    const seen = (text: string): Promise<void> =>
      until(async () => {
        const [run] = (await stage.ask('ls', {})).runs;
        return run?.ready === false && run.readyEvidence?.includes(text) === true;
      }, `it is not ready: ${text}`);
    await seen('connection refused');
    stage.cue('bind');
    await seen('503');
    stage.cue('well');
    expect((await starting).runs).toMatchObject([{ ready: true }]);
    expect((await stage.ask('ls', {})).runs).toMatchObject([
      { ready: true, readyEvidence: expect.stringContaining('200 OK') },
    ]);
  });

  test('returns with the failure and the last lines when the command ends first', async ({ stage }) => {
    stage.cue('die');
    const port = await freePort();
    const { runs } = await startReady(stage, [`tcp:${port}`], serves('127.0.0.1', port, 'late', 'mortal'));
    expect(runs).toMatchObject([
      { state: 'ended', outcome: 'failed', exitCode: 7, ready: false, tail: expect.stringContaining('it is over') },
    ]);
  });

  test('who prints that it is ready and is not, is not ready in time, and goes on', async ({ stage }) => {
    const port = await freePort();
    const command = serves('127.0.0.1', port, 'liar');
    const { runs, next } = await startReady(stage, [`line:listening`, `tcp:${port}`], command, { readyTimeout: '1s' });
    expect(runs).toMatchObject([
      { state: 'running', ready: false, readyEvidence: expect.stringContaining('connection refused') },
    ]);
    expect(runs[0]?.readyEvidence).not.toContain('printed');
    expect(next.map(({ operation }) => operation)).toEqual(['ensure', 'logs', 'stop']);
    expect(existsSync(stage.files().ready)).toBe(false);
  });

  test('a stranger that holds the port does not make it ready', async ({ stage }) => {
    const stranger = createServer().listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port } = stranger.address() as { port: number };
    const { runs } = await startReady(stage, [`tcp:${port}`], serves('::1', port, 'late'), { readyTimeout: '1s' });
    expect(runs).toMatchObject([
      {
        ready: false,
        readyEvidence: expect.stringMatching(`port ${port} is held by .* \\(pid ${process.pid}\\), which is older`),
      },
    ]);
    // Its own server on the other address makes it ready.
    stage.cue('bind');
    expect((await stage.ask('ensure', { step: 'web', readyTimeout: '30s' })).runs).toMatchObject([{ ready: true }]);
    stranger.close();
  });

  test('asks a new attempt again', async ({ stage }) => {
    const port = await freePort();
    await startReady(stage, [`tcp:${port}`], serves('127.0.0.1', port, 'mortal'), { retries: 1, backoff: '10ms' });
    stage.cue('die');
    await until(() => existsSync(`${stage.files().folder}/exit.1`), 'the first attempt has failed');
    rmSync(join(stage.folder, 'die'));
    const { runs } = await stage.ask('ensure', { step: 'web', readyTimeout: '30s' });
    expect(runs).toMatchObject([{ ready: true, attempt: 2 }]);
    expect(existsSync(`${stage.files().ready}.2`)).toBe(true);
  });

  test.for<[string, input: object]>([
    ['that does not exist', { ready: ['nonsense:3'] }],
    ['without options', { ready: ['tcp:'] }],
    ['with {port} where the run has none', { ready: ['tcp:{port}'] }],
    ['that is missing', { waitReady: true }],
    ['and an end', { ready: ['tcp:1'], waitReady: true, wait: true }],
  ])('a check %s is refused before anything starts', async ([, input], { stage }) => {
    await expect(stage.ask('start', { step: 'web', command: ['true'], ...input })).rejects.toMatchObject({
      code: 'usage',
    });
    expect((await stage.ask('ls', {})).runs).toEqual([]);
  });

  test.for([
    ['nonsense:3', 'there is no check "nonsense"'],
    ['tcp:{port}', 'has {port}, but this run gets no port'],
  ] as const)('a check of the configuration is named by its place: %s', async ([spec, words], { stage }) => {
    const steps = { web: { command: ['true'], ready: [spec] } };
    writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify({ steps }));
    await expect(stage.ask('ensure', { step: 'web' })).rejects.toMatchObject({
      message: expect.stringMatching(/^pm\.config\.json: steps\.web\.ready:? /),
    });
    await expect(stage.ask('ensure', { step: 'web' })).rejects.toThrow(words);
  });

  test('a step of the configuration says when it is ready, and a run in a queue is waited for as well', async ({
    stage,
  }) => {
    const port = await freePort();
    const ready = [{ check: 'http', url: `http://127.0.0.1:${port}/`, status: 200 }];
    const steps = { web: { command: serves('127.0.0.1', port), ready, readyTimeout: '30s', queue: 'servers' } };
    writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify({ steps }));
    const { runs } = await stage.ask('start', { step: 'web', waitReady: true });
    expect(runs).toMatchObject([{ state: 'running', ready: true }]);
  });
});

describe('ensure', () => {
  test('starts what is not there, waits for what is not ready, and tells at once what is', async ({ stage }) => {
    const port = await freePort();
    const call = { step: 'web', command: serves('127.0.0.1', port, 'late'), ready: [`tcp:${port}`] };
    const first = stage.ask('ensure', { ...call, readyTimeout: '30s' });
    await until(() => existsSync(`${stage.dir}/web.pid`), 'it runs');
    const second = stage.ask('ensure', { step: 'web', readyTimeout: '30s' });
    stage.cue('bind');
    const [started, joined] = [await first, await second];
    expect(started).toMatchObject({ runs: [{ ready: true }] });
    expect(started.alreadyRunning).toBeUndefined();
    expect(joined).toMatchObject({ alreadyRunning: true, runs: [{ ready: true, id: started.runs[0]?.id }] });
    expect(await stage.ask('ensure', call)).toMatchObject({ alreadyRunning: true, runs: [{ ready: true }] });
  });

  test('twenty at once start one, and all tell the same run', async ({ stage }) => {
    const port = await freePort();
    const call = { step: 'web', command: serves('127.0.0.1', port), ready: [`tcp:${port}`], readyTimeout: '60s' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => stage.ask('ensure', call)));
    expect(new Set(answers.map(({ runs }) => runs[0]?.id)).size).toBe(1);
    expect(answers.every(({ runs }) => runs[0]?.ready === true)).toBe(true);
    expect(answers.filter(({ alreadyRunning }) => alreadyRunning !== true)).toHaveLength(1);
    expect((await stage.ask('ls', { step: 'web' })).runs).toHaveLength(1);
  });

  test('says that another command runs under the name', async ({ stage }) => {
    const port = await freePort();
    await startReady(stage, [`tcp:${port}`], serves('127.0.0.1', port));
    const { refusal } = await stage.ask('ensure', { step: 'web', command: ['sleep', '60'] });
    expect(refusal).toMatchObject({ kind: 'already-running', message: expect.stringContaining('another command') });
  });

  test('of a server that was ready and is broken now says so, with what is seen', async ({ stage }) => {
    const port = await freePort();
    stage.cue('well');
    await startReady(stage, [`http://127.0.0.1:${port}/`], serves('127.0.0.1', port, 'unwell'));
    rmSync(join(stage.folder, 'well'));
    const { runs } = await stage.ask('ensure', { step: 'web', readyTimeout: '1s' });
    expect(runs).toMatchObject([
      {
        state: 'running',
        ready: false,
        readyEvidence: expect.stringMatching(/^it was ready before, and is not now: .*503/),
      },
    ]);
  });

  test('starts a server again that died after it was ready', async ({ stage }) => {
    const port = await freePort();
    const command = serves('127.0.0.1', port, 'mortal');
    const first = await startReady(stage, [`tcp:${port}`], command);
    stage.cue('die');
    expect((await stage.ask('wait', { steps: ['web'] })).runs).toMatchObject([{ outcome: 'failed', exitCode: 7 }]);
    rmSync(join(stage.folder, 'die'));
    const again = await stage.ask('ensure', { step: 'web', command, ready: [`tcp:${port}`], readyTimeout: '30s' });
    expect(again.runs).toMatchObject([{ ready: true }]);
    expect(again.runs[0]?.id).not.toBe(first.runs[0]?.id);
  });

  test('does not use a server that is being stopped: it starts another one after that', async ({ stage }) => {
    const lingers = 'trap "until [ -e go ]; do sleep 0.02; done; exit" TERM; touch up; while :; do sleep 0.02; done';
    const input = { step: 'web', command: ['sh', '-c', lingers], ready: ['file:up'], grace: '1m' };
    const first = await stage.askOne('ensure', input);
    const stopping = stage.askOne('stop', { steps: ['web'] });
    await until(async () => (await stage.askOne('ls', {})).state === 'stopping', 'it is being stopped');
    const again = stage.askOne('ensure', input);
    stage.cue('go');
    const second = await again;
    expect(second).toMatchObject({ state: 'running', ready: true });
    expect(second.id).not.toBe(first.id);
    expect(await stopping).toMatchObject({ id: first.id, outcome: 'cancelled' });
  });

  test('without ready checks says that nothing is known but that it runs', async ({ stage }) => {
    const { runs, notes } = await stage.ask('ensure', { step: 'nap', command: ['sleep', '60'] });
    expect(runs).toMatchObject([{ state: 'running' }]);
    expect(runs[0]?.ready).toBeUndefined();
    expect(notes).toEqual([expect.stringContaining('nap has no ready checks')]);
  });
});
