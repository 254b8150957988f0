import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Identity, identify, isAlive, listenersOn, signalIfSame, whyNotListening } from '@pm/process';
import { registerDirectory } from '@pm/protocol/fs';
import { LONG, until } from '@pm/testing';
import { describe, expect } from 'vitest';
import type { Answer } from '../src/index.ts';
import { type Stage, test, textOf } from './stage.ts';

const PLAYER = fileURLToPath(new URL('fixtures/port-player.mjs', import.meta.url));
const TRIALS = LONG ? 500 : 12;
const isIPv6Here = (await whyNotListening(1, '::1')) !== 'EADDRNOTAVAIL';

/** Tells a player what to do, by a connection of its own: that of the player before it is dead. @returns `ok`, or the code of its error */
async function tell({ folder }: Stage, name: string, order: string): Promise<string> {
  const socketPath = join(folder, `${name}.sock`);
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: `/${order}`, agent: false }, (response) => {
      response.setEncoding('utf8');
      response.on('data', (text: string) => resolve(text));
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** A player that is no run, in a session of its own. */
async function stranger(
  stage: Stage,
  name: string,
  env: object = {},
): Promise<Identity & { readonly child: ChildProcess }> {
  const child = spawn(PLAYER, [name], { env: { ...stage.env, ...env }, detached: true, stdio: 'ignore' });
  await until(() => existsSync(join(stage.folder, `${name}.sock`)), `${name} is there`);
  return { ...(identify(child.pid ?? 0) as Identity), child };
}

function leave({ child, ...identity }: Identity & { readonly child: ChildProcess }): void {
  signalIfSame(identity, 'SIGKILL');
  child.unref();
}

/** A player as a run. */
async function play(stage: Stage, step: string, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  rmSync(join(stage.folder, `${step}.sock`), { force: true });
  const { id = '' } = await stage.askOne('start', { step, command: [PLAYER, step], ...more });
  await until(() => existsSync(join(stage.folder, `${step}.sock`)), `${step} is there`);
  return id;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const LOCAL = '127.0.0.1';

describe('who', () => {
  test('names the process, its run, and its session', async ({ stage }) => {
    const port = await freePort();
    const env = { ...stage.env, PM_SESSION: 's-1' };
    await stage.ask('start', { step: 'web', command: [PLAYER, 'web'] }, { env });
    await until(() => stage.hasCue('web.sock'));
    await tell(stage, 'web', `listen/${port}/${LOCAL}`);
    const { runs, holders, next } = await stage.ask('who', { port }, { env });
    expect(runs).toMatchObject([{ step: 'web', state: 'running' }]);
    expect(holders).toEqual([
      {
        port,
        addresses: [LOCAL],
        pid: stage.recorded('command').pid,
        command: expect.stringContaining('port-player.mjs web'),
        step: 'web',
        id: runs[0]?.id,
        dir: stage.dir,
        cwd: stage.folder,
        session: 's-1',
      },
    ]);
    expect(next).toMatchObject([{ operation: 'stop', input: { port } }]);
    // The server of another session may be in use, so that is not proposed.
    const other = { ...stage.env, PM_SESSION: 's-2' };
    expect((await stage.ask('who', { port }, { env: other })).next).toEqual([]);
  });

  test('finds a run of another directory', async ({ stage }) => {
    const port = await freePort();
    const dir = join(stage.folder, 'other', '.pm');
    await play(stage, 'web', { dir });
    registerDirectory(join(stage.folder, 'state', 'process-monitor', 'directories'), dir);
    await tell(stage, 'web', `listen/${port}/${LOCAL}`);
    expect(await stage.ask('who', { port })).toMatchObject({
      runs: [{ step: 'web', dir }],
      holders: [{ step: 'web', dir }],
    });
    expect((await stage.ask('stop', { port })).runs).toMatchObject([{ step: 'web', dir, outcome: 'cancelled' }]);
  });

  test('names a process that is no run', async ({ stage }) => {
    const port = await freePort();
    const other = await stranger(stage, 'other');
    await tell(stage, 'other', `listen/${port}/${LOCAL}`);
    const { runs, holders, next } = await stage.ask('who', { port });
    expect([runs, next]).toEqual([[], []]);
    expect(holders).toEqual([
      { port, addresses: [LOCAL], pid: other.pid, command: expect.stringContaining('port-player.mjs other') },
    ]);
    leave(other);
  });

  test('says that nobody listens', async ({ stage }) => {
    expect(await stage.ask('who', { port: await freePort() })).toEqual({ runs: [], holders: [], next: [] });
  });

  test('knows an inner run from the one that started it', async ({ stage }) => {
    const port = await freePort();
    const outer = await play(stage, 'outer');
    const env = { ...stage.env, PM_RUN_ID: outer };
    await stage.ask('start', { step: 'inner', command: [PLAYER, 'inner'] }, { env });
    await until(() => stage.hasCue('inner.sock'));
    await tell(stage, 'inner', `listen/${port}/${LOCAL}`);
    expect((await stage.ask('who', { port })).holders).toMatchObject([{ step: 'inner' }]);
  });

  test('names the run that has ended and left its server behind', async ({ stage }) => {
    const port = await freePort();
    const command = [
      'sh',
      '-c',
      `"${PLAYER}" web > /dev/null 2>&1 & until [ -e "$STAGE/web.sock" ]; do sleep 0.01; done`,
    ];
    expect(await stage.askOne('start', { step: 'web', command, wait: true })).toMatchObject({ outcome: 'success' });
    await tell(stage, 'web', `listen/${port}/${LOCAL}`);
    expect(await stage.ask('who', { port })).toMatchObject({
      runs: [{ step: 'web', outcome: 'success' }],
      holders: [{ step: 'web' }],
    });
    const { holders } = await stage.ask('stop', { port });
    expect(holders).toEqual([]);
    expect(listenersOn(port)).toEqual([]);
  });
});

describe('stop --port', () => {
  test('ends the whole run that listens', async ({ stage }) => {
    const port = await freePort();
    await play(stage, 'web');
    await tell(stage, 'web', `listen/${port}/${LOCAL}`);
    const { runs, holders } = await stage.ask('stop', { port, reason: 'port needed' });
    expect(runs).toMatchObject([
      { step: 'web', outcome: 'cancelled', evidence: expect.stringContaining('port needed') },
    ]);
    expect(holders).toEqual([]);
    await stage.untilGone();
  });

  test('names a process that is no run, and does nothing', async ({ stage }) => {
    const port = await freePort();
    const other = await stranger(stage, 'other');
    await tell(stage, 'other', `listen/${port}/${LOCAL}`);
    const { runs, refusal } = await stage.ask('stop', { port });
    expect(runs).toEqual([]);
    expect(refusal).toMatchObject({
      kind: 'not-ours',
      message: expect.stringContaining(`other (pid ${other.pid}). Nothing was stopped`),
    });
    expect([isAlive(other), textOf(join(stage.folder, 'other.signals'))]).toEqual([true, '']);
    leave(other);
  });

  test.skipIf(!isIPv6Here)(
    'ends the run, and tells that another process listens on another address',
    async ({ stage }) => {
      const port = await freePort();
      const other = await stranger(stage, 'other');
      await play(stage, 'web');
      await tell(stage, 'web', `listen/${port}/${LOCAL}`);
      await tell(stage, 'other', `listen/${port}/::1`);
      const { runs, holders, notes, refusal } = await stage.ask('stop', { port });
      expect([runs, refusal]).toMatchObject([[{ step: 'web', outcome: 'cancelled' }], undefined]);
      expect(holders).toMatchObject([{ addresses: ['::1'], pid: other.pid }]);
      expect(notes).toEqual([expect.stringContaining(`port ${port} is held by`)]);
      expect([isAlive(other), textOf(join(stage.folder, 'other.signals'))]).toEqual([true, '']);
      leave(other);
    },
  );

  test('of a port on which nobody listens is no error', async ({ stage }) => {
    const port = await freePort();
    expect(await stage.ask('stop', { port })).toMatchObject({
      runs: [],
      holders: [],
      notes: [`nobody listens on port ${port}`],
    });
  });

  test('signals nothing that only has the id of an ended run in its environment', async ({ stage }) => {
    const port = await freePort();
    const { id = '' } = await stage.askOne('start', { step: 'web', command: ['true'], wait: true });
    const other = await stranger(stage, 'other', { PM_RUN_ID: id });
    await tell(stage, 'other', `listen/${port}/${LOCAL}`);
    expect(await stage.ask('stop', { port })).toMatchObject({ holders: [{ pid: other.pid }] });
    expect([isAlive(other), textOf(join(stage.folder, 'other.signals'))]).toEqual([true, '']);
    leave(other);
  });

  test('of a port and steps together, or of neither, is a mistake', async ({ stage }) => {
    await expect(stage.ask('stop', {})).rejects.toMatchObject({ code: 'usage' });
    await expect(stage.ask('stop', { port: 3000, steps: ['web'] })).rejects.toMatchObject({ code: 'usage' });
  });

  test(
    `never signals a stranger, in ${TRIALS} trials in which the port changes hands`,
    async ({ stage }) => {
      const other = await stranger(stage, 'other');
      const port = await freePort();
      const told = { run: 0, stranger: 0, nobody: 0 };
      for (let trial = 0; trial < TRIALS; trial += 1) {
        await play(stage, 'web', { grace: '2s' });
        expect(await tell(stage, 'web', `listen/${port}/${LOCAL}`)).toMatch(/^ok/);
        const handOver = async (): Promise<void> => {
          await pause(Math.random() * 40); // before the look, between the two looks, or before the signals
          await tell(stage, 'web', 'close').catch(() => ''); // it may have been stopped first
          await until(async () => (await tell(stage, 'other', `listen/${port}/${LOCAL}`)).startsWith('ok'));
        };
        const stop = async (): Promise<Answer> => {
          await pause(Math.random() * 40);
          return stage.ask('stop', { port });
        };
        const [answer] = await Promise.all([stop(), handOver()]);
        if (answer.refusal !== undefined) told.stranger += 1;
        else if (answer.runs.length > 0) told.run += 1;
        else told.nobody += 1;
        expect([isAlive(other), textOf(join(stage.folder, 'other.signals'))]).toEqual([true, '']);
        expect(answer.runs.map(({ step }) => step).filter((step) => step !== 'web')).toEqual([]);
        await stage.ask('stop', { steps: ['web'] });
        await tell(stage, 'other', 'close');
      }
      expect(told.run + told.stranger + told.nobody).toBe(TRIALS);
      leave(other);
    },
    LONG ? 1_200_000 : 240_000,
  );
});
