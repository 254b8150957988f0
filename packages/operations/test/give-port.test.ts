import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { presentIn, readRunRecord } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { type Stage, test, textOf } from './stage.ts';

/** Prints the port that it was given, and rests. */
const SAYS = ['sh', '-c', 'echo "$PORT" > "$STAGE/said.$PM_STEP"; exec sleep 600', 'sh', '--port', '{port}'];

/** Listens in this process while `use` runs. */
async function listening<T>(port: number, host: string, use: (port: number) => Promise<T>): Promise<T> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ port, host }, resolve));
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

async function portOf(stage: Stage, input: object): Promise<number> {
  const { port = 0 } = await stage.askOne('start', { command: SAYS, port: 'auto', ...input });
  return port;
}

describe('--port auto', () => {
  test('hands a free port over, as PORT, in the command, and in the answer', async ({ stage }) => {
    const view = await stage.askOne('start', { step: 'web', command: SAYS, port: 'auto' });
    const { port, id = '' } = view;
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(view.command?.slice(-2)).toEqual(['--port', String(port)]);
    await until(() => textOf(join(stage.folder, 'said.web')) === `${port}\n`, 'the command has its port');
    expect(presentIn(readRunRecord(stage.dir, id))).toMatchObject({ port });
    expect(await stage.askOne('status', { step: 'web' })).toMatchObject({ port });
    expect(await stage.askOne('stop', { steps: ['web'] })).toMatchObject({ port, outcome: 'cancelled' });
  });

  test('gives the same again, another one to another step, and to another directory', async ({ stage }) => {
    const port = await portOf(stage, { step: 'web' });
    const others = [
      await portOf(stage, { step: 'api' }),
      await portOf(stage, { step: 'web', dir: join(stage.folder, 'b', '.pm') }),
    ];
    expect(new Set([port, ...others]).size).toBe(3);
    await stage.ask('stop', { steps: ['web'] });
    expect(await portOf(stage, { step: 'web' })).toBe(port);
    await stage.ask('stop', { steps: ['web'], dir: join(stage.folder, 'b', '.pm') });
  });

  test('the home folder cannot be written: the claims are in the directory of runs', async ({ stage }) => {
    rmSync(join(stage.folder, 'state'), { recursive: true, force: true });
    writeFileSync(join(stage.folder, 'state'), 'no folder');
    const port = await portOf(stage, { step: 'web' });
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(readdirSync(join(stage.dir, 'ports'))).toEqual([`${port}.1`]);
    await stage.ask('stop', { steps: ['web'] });
    expect(await portOf(stage, { step: 'web' })).toBe(port);
  });

  test('leaves a port that somebody holds, and comes back to it', async ({ stage }) => {
    const port = await portOf(stage, { step: 'web' });
    await stage.ask('stop', { steps: ['web'] });
    const next = await listening(port, '127.0.0.1', () => portOf(stage, { step: 'web' }));
    expect(next).not.toBe(port);
    await stage.ask('stop', { steps: ['web'] });
    // Held on another address, it cannot be had for all addresses.
    expect(await listening(port, '127.0.0.2', () => portOf(stage, { step: 'web' }))).not.toBe(port);
    await stage.ask('stop', { steps: ['web'] });
    expect(await portOf(stage, { step: 'web' })).toBe(port);
  });

  test('a start of many steps at once never gives one port twice', async ({ stage }) => {
    const steps = Array.from({ length: 12 }, (_, i) => `s${i}`);
    const ports = await Promise.all(steps.map((step) => portOf(stage, { step })));
    expect(new Set(ports).size).toBe(steps.length);
  });

  test('many starts of one step at once agree', async ({ stage }) => {
    const starts = Array.from({ length: 8 }, () => stage.ask('start', { step: 'web', command: SAYS, port: 'auto' }));
    const ports = (await Promise.all(starts)).map(({ runs }) => runs[0]?.port);
    expect(new Set(ports).size).toBe(1);
  });

  test('the same start again finds its run, whatever port the command has by now', async ({ stage }) => {
    const port = await portOf(stage, { step: 'web' });
    const again = await stage.ask('start', { step: 'web', command: SAYS, port: 'auto' });
    expect(again).toMatchObject({ alreadyRunning: true, runs: [{ port }] });
    const unnamed = await stage
      .askOne('start', { command: ['sleep', '600', '{port}'], port: 'auto' })
      .catch(() => undefined);
    expect(unnamed?.step).not.toBe('web');
  });

  test('garbage in the place of claims does no harm', async ({ stage }) => {
    const port = await portOf(stage, { step: 'web' });
    await stage.ask('stop', { steps: ['web'] });
    const folder = join(stage.folder, 'state', 'process-monitor', 'ports');
    expect(readdirSync(folder)).toEqual([`${port}.1`]);
    writeFileSync(join(folder, `${port}.1`), '{');
    mkdirSync(join(folder, `${port + 1}.1`));
    writeFileSync(join(folder, 'x.1'), '');
    const other = await portOf(stage, { step: 'web' });
    expect([port, port + 1]).not.toContain(other);
  });

  test('the claim of a directory that is gone is taken over', async ({ stage }) => {
    const port = await portOf(stage, { step: 'web' });
    await stage.ask('stop', { steps: ['web'] });
    const folder = join(stage.folder, 'state', 'process-monitor', 'ports');
    const claim = JSON.parse(readFileSync(join(folder, `${port}.1`), 'utf8')) as object;
    rmSync(join(folder, `${port}.1`));
    writeFileSync(join(folder, `${port}.7`), JSON.stringify({ ...claim, dir: join(stage.folder, 'gone') }));
    expect(await portOf(stage, { step: 'web' })).toBe(port);
    expect(readdirSync(folder)).toEqual([`${port}.8`]);
  });

  test('waits with the run in a queue, and is given when the turn comes', async ({ stage }) => {
    await stage.ask('start', { step: 'first', command: ['sleep', '600'], queue: 'q' });
    const queued = await stage.askOne('start', { step: 'web', command: SAYS, queue: 'q', port: 'auto' });
    expect([queued.state, queued.port]).toEqual(['queued', undefined]);
    await stage.ask('stop', { steps: ['first'] });
    await stage.ask('queue', { action: 'resume', name: 'q' });
    const view = await stage.askOne('status', { step: 'web' });
    await until(() => textOf(join(stage.folder, 'said.web')) === `${view.port}\n`, 'the command has its port');
  });

  test('of a step in pm.config.json', async ({ stage }) => {
    const steps = { web: { command: SAYS, port: 'auto' }, api: { command: SAYS, port: 23_000 } };
    writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify({ steps }));
    expect((await stage.askOne('start', { step: 'web' })).port).toBeGreaterThan(0);
    await expect(stage.ask('start', { step: 'web', port: 'any' })).rejects.toThrow(/must be auto, or a number/);
    await expect(stage.ask('start', { step: 'web', port: 65_536 })).rejects.toThrow(/must be auto, or a number/);
  });
});

describe('--port with a number', () => {
  test('sets the same things', async ({ stage }) => {
    const port = await listening(0, '127.0.0.1', async (free) => free);
    const view = await stage.askOne('start', { step: 'web', command: SAYS, port: String(port) });
    expect(view).toMatchObject({ port });
    expect(view.command?.at(-1)).toBe(String(port));
    await until(() => textOf(join(stage.folder, 'said.web')) === `${port}\n`);
  });

  test('is refused if it is taken, and nothing was started', async ({ stage }) => {
    await listening(0, '127.0.0.1', async (port) => {
      const { runs, refusal, holders, next } = await stage.ask('start', { step: 'web', command: SAYS, port });
      expect(runs).toEqual([]);
      expect(refusal).toMatchObject({ kind: 'port-taken', message: expect.stringContaining(`(pid ${process.pid})`) });
      expect(holders).toMatchObject([{ pid: process.pid }]);
      expect(next).toMatchObject([{ operation: 'who', input: { port } }]);
      expect((await stage.ask('ls', {})).runs).toEqual([]);
    });
  });

  test('that its own live run has is no conflict', async ({ stage }) => {
    const port = await listening(0, '127.0.0.1', async (free) => free);
    const command = ['python3', '-m', 'http.server', '--bind', '127.0.0.1', '{port}'];
    await stage.ask('start', { step: 'web', command, port });
    await until(async () => ((await stage.ask('who', { port })).holders ?? []).length > 0, 'it listens');
    expect(await stage.ask('start', { step: 'web', command, port })).toMatchObject({ alreadyRunning: true });
    const other = await stage.ask('start', { step: 'other', command, port });
    expect(other.refusal).toMatchObject({ kind: 'port-taken', message: expect.stringMatching(/ of the run web in /) });
    expect(other.next).toMatchObject([{ operation: 'stop', input: { port } }]);
    expect((await stage.ask('stop', { port })).holders).toEqual([]);
  });
});

describe('a failure of a server whose port is taken', () => {
  /** Listens on its port when it gets its cue. */
  const LATE = [
    'sh',
    '-c',
    'until [ -e "$STAGE/now" ]; do sleep 0.01; done; exec python3 -m http.server --bind 127.0.0.1 "$PORT"',
  ];

  /** Why the last failure is likely. */
  const whyOf = async (stage: Stage): Promise<string | undefined> =>
    (await stage.ask('wait', { steps: ['web'] })).next.find(({ operation }) => operation === 'preflight')?.why;

  test('names who took it between the pick and the bind', async ({ stage }) => {
    const { port = 0 } = await stage.askOne('start', { step: 'web', command: LATE, port: 'auto' });
    await listening(port, '127.0.0.1', async () => {
      stage.cue('now');
      expect(await whyOf(stage)).toMatch(
        new RegExp(`^likely: port ${port} was in use; it is held by .* \\(pid ${process.pid}\\)$`),
      );
    });
  });

  test('names the run that has it, and where', async ({ stage }) => {
    const { port = 0 } = await stage.askOne('start', { step: 'web', command: LATE, port: 'auto' });
    const command = ['python3', '-m', 'http.server', '--bind', '127.0.0.1', String(port)];
    await stage.ask('start', { step: 'thief', command });
    await until(async () => ((await stage.ask('who', { port })).holders ?? []).length > 0, 'it listens');
    stage.cue('now');
    expect(await whyOf(stage)).toMatch(/ was in use; it is held by .*, of the run thief in /);
  });

  test('that is free again says so', async ({ stage }) => {
    const message = 'Error: listen EADDRINUSE: address already in use 127.0.0.1:';
    const port = await listening(0, '127.0.0.1', async (free) => free);
    await stage.ask('start', { step: 'web', command: ['sh', '-c', `echo '${message}${port}'; exit 1`] });
    expect(await whyOf(stage)).toBe(`likely: port ${port} was in use; nobody listens on it now`);
  });
});
