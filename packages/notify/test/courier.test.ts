import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { identify, signalIfSame, thisPidScope } from '@pm/process';
import { directoryPaths, type RunRecord, readerNameOf, runPaths } from '@pm/protocol';
import { markSeen, markWaiting, openWork } from '@pm/protocol/fs';
import { built, until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { deliveriesOf, type Target } from '../src/index.ts';
import { test } from './stage.ts';

const idsIn = (received: readonly { headers: object }[]): string[] =>
  received.map(({ headers }) => (headers as { 'webhook-id': string })['webhook-id']).sort();
const SELF = identify(process.pid) ?? { pid: process.pid, startTime: '1' };
const tryOf = (at: number, startTime: string = SELF.startTime) => {
  const { bootId, pidNamespace } = thisPidScope();
  return { v: 1, at, identity: { pid: SELF.pid, startTime }, scope: { bootId, pidNamespace } };
};

describe.concurrent('a courier', () => {
  test('tells each target of the end, once, and leaves nothing behind', async ({ stage }) => {
    const run = stage.run([stage.webhook(), stage.webhook({ on: ['success'] }), stage.webhook({ name: 'ops' })]);
    const courier = stage.courier();
    courier.turn();
    expect(courier.isLeft()).toBe(true);
    expect(deliveriesOf(stage.dir, run)).toMatchObject([
      { state: 'waiting' },
      { state: 'waiting' },
      { state: 'waiting' },
    ]);
    stage.end(run);
    await stage.work(courier);
    expect(idsIn(stage.receiver.received)).toEqual([`${run.id}.0.ended`, `${run.id}.2.ended`]);
    expect(stage.ledger(run)).toEqual(['0.ended', '0.ended.1', '2.ended', '2.ended.1', 'plan']);
    expect(openWork(stage.dir)).toEqual([]);
    expect(deliveriesOf(stage.dir, run)).toMatchObject([
      { target: 'team', state: 'delivered', tries: 1 },
      { target: 'ops', state: 'delivered', tries: 1 },
    ]);
  });

  test('keeps a secret in one file of mode 0600, until it is not needed any more', async ({ stage }) => {
    const run = stage.run([stage.webhook()]);
    expect(stage.mode(run, 'secrets')).toBe(0o600);
    expect(JSON.stringify([stage.read(run, 'plan'), deliveriesOf(stage.dir, run)])).not.toContain('hidden');
    stage.receiver.answer = (response) => void response.writeHead(500).end('hidden-answer');
    stage.end(run);
    const courier = stage.courier();
    courier.turn();
    await until(() => existsSync(join(runPaths(stage.dir, run.id).notify, '0.ended.1.failed')));
    expect(JSON.stringify([stage.read(run, '0.ended.1.failed'), deliveriesOf(stage.dir, run)])).not.toContain('hidden');
    stage.receiver.answer = (response) => void response.writeHead(204).end();
    await stage.work(courier);
    expect(stage.ledger(run)).not.toContain('secrets');
  });

  test('tries again what has failed, later each time, with the same id', async ({ stage }) => {
    let answers = 0;
    stage.receiver.answer = (response) => void response.writeHead(++answers < 3 ? 503 : 200).end();
    const run = stage.run([stage.webhook()]);
    stage.end(run);
    const began = performance.now();
    await stage.work(stage.courier());
    expect(performance.now() - began).toBeGreaterThan(3_000 - 50);
    expect(new Set(idsIn(stage.receiver.received))).toEqual(new Set([`${run.id}.0.ended`]));
    expect(deliveriesOf(stage.dir, run)).toMatchObject([{ state: 'delivered', tries: 3 }]);
  });

  test('gives up what cannot succeed, and says why', async ({ stage }) => {
    const command: Target = {
      plan: { name: 'script', kind: 'command', on: ['failed'], argv: ['/no/such/program'] },
      secrets: { env: {} },
    };
    const faulty = stage.webhook({ name: 'nowhere', fault: 'the variable URL is not set' });
    const run = stage.run([command, faulty]);
    stage.end(run);
    await stage.work(stage.courier());
    expect(stage.receiver.received).toEqual([]);
    expect(deliveriesOf(stage.dir, run)).toMatchObject([
      { target: 'script', state: 'failed', tries: 1, why: 'there is no such program' },
      { target: 'nowhere', state: 'failed', tries: 0, why: 'the variable URL is not set' },
    ]);
    expect(stage.ledger(run)).not.toContain('secrets');
  });

  test('gives up after a day and enough tries', async ({ stage }) => {
    stage.receiver.answer = (response) => void response.writeHead(500).end();
    const run = stage.run([stage.webhook()]);
    stage.end(run);
    const aDayAgo = Date.now() - 25 * 3_600_000;
    stage.write(run, '0.ended.1', tryOf(aDayAgo));
    stage.write(run, '0.ended.30', tryOf(aDayAgo));
    for (let n = 19; n <= 30; n++)
      stage.write(run, `0.ended.${n}.failed`, { v: 1, at: aDayAgo, why: 'no answer (ECONNREFUSED)' });
    await stage.work(stage.courier());
    expect(deliveriesOf(stage.dir, run)).toMatchObject([
      { state: 'failed', tries: 31, why: 'the receiver answered 500' },
    ]);
  });

  test('does not wait longer because residents were killed', async ({ stage }) => {
    const run = stage.run([stage.webhook()]);
    for (let n = 1; n <= 30; n++) stage.write(run, `0.ended.${n}`, tryOf(Date.now(), '1'));
    stage.write(run, '0.ended.30.failed', { v: 1, at: Date.now() - 1_000, why: 'no answer (ECONNREFUSED)' });
    stage.end(run);
    await stage.work(stage.courier());
    expect(deliveriesOf(stage.dir, run)).toMatchObject([{ state: 'delivered', tries: 31 }]);
  });

  test('tells of an attention once, and of the end after it', async ({ stage }) => {
    const run = stage.run([stage.webhook({ on: ['quiet', 'failed'] })]);
    const courier = stage.courier();
    courier.turn();
    for (let look = 0; look < 3; look++) courier.needsDecision(run, 'quiet', 'no output for 10m');
    courier.needsDecision(run, 'suspended', 'it is stopped');
    await until(() => {
      courier.turn();
      return existsSync(join(runPaths(stage.dir, run.id).notify, '0.quiet'));
    });
    expect(courier.isLeft(), 'its end is still to come').toBe(true);
    stage.end(run);
    await stage.work(courier);
    expect(idsIn(stage.receiver.received)).toEqual([`${run.id}.0.ended`, `${run.id}.0.quiet`]);
  });

  test('sends the log only to who asks for it', async ({ stage }) => {
    const run = stage.run([stage.webhook(), stage.webhook({ log: true })]);
    stage.end(run);
    await stage.work(stage.courier({ logOf: () => 'Error: no' }));
    const logs = stage.receiver.received.map(({ body }) => JSON.parse(body).data.log);
    expect(logs).toHaveLength(2);
    expect(logs.filter((log) => log !== undefined)).toEqual(['Error: no']);
  });
});

describe.concurrent('two couriers', () => {
  test('deliver everything once between them', async ({ stage }) => {
    const runs = Array.from({ length: 20 }, () => stage.run([stage.webhook()]));
    for (const run of runs) stage.end(run);
    await stage.work(stage.courier(), stage.courier());
    expect(idsIn(stage.receiver.received)).toEqual(runs.map(({ id }) => `${id}.0.ended`).sort());
  });

  test('of which one was killed in a try: the other makes the next one', async ({ stage }) => {
    const run = stage.run([stage.webhook()]);
    stage.end(run);
    stage.receiver.answer = () => {};
    built(fileURLToPath(new URL('../dist/index.js', import.meta.url)));
    const fixture = fileURLToPath(new URL('fixtures/tries-once.mjs', import.meta.url));
    const first = spawn(process.execPath, [fixture, stage.dir], { stdio: 'inherit' });
    await until(() => stage.receiver.received.length === 1);
    const identity = identify(first.pid ?? 0);
    const second = stage.courier();
    second.turn();
    expect(stage.receiver.received, 'the first one is alive').toHaveLength(1);
    expect(identity !== undefined && signalIfSame(identity, 'SIGKILL')).toBe(true);
    stage.receiver.answer = (response) => void response.writeHead(204).end();
    await stage.work(second);
    expect(deliveriesOf(stage.dir, run)).toMatchObject([{ state: 'delivered', tries: 2 }]);
  });
});

describe.concurrent('on disk', () => {
  test.for([
    ['garbage', (path: string) => writeFileSync(path, '\0{')],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a link to itself', (path: string) => symlinkSync(path, path)],
    ['a later version', (path: string) => writeFileSync(path, '{"v":2}\n')],
  ] as const)('%s in the place of each record does not prevent a delivery', async ([, put], { stage }) => {
    const run = stage.run([stage.webhook({ on: ['failed', 'quiet'] })]);
    for (const name of ['0.ended', '0.ended.1', '0.ended.1.failed', 'quiet', '0.quiet', '0.ended.x', '9.ended'])
      put(join(runPaths(stage.dir, run.id).notify, name));
    stage.end(run);
    const courier = stage.courier();
    await until(() => {
      courier.turn();
      return stage.receiver.received.length > 0;
    });
  });

  test('a plan that is garbage or gone is no work; one of a later version is left to a later pm', async ({ stage }) => {
    const [garbled, gone, newer] = [0, 1, 2].map(() => stage.run([stage.webhook()])) as [never, never, never];
    stage.write(garbled, 'plan', 'nonsense');
    rmSync(runPaths(stage.dir, (gone as { id: string }).id).folder, { recursive: true });
    stage.write(newer, 'plan', { v: 2 });
    writeFileSync(`${directoryPaths(stage.dir).work}/notify.../../x`.replace('/../x', 'x'), '');
    const courier = stage.courier();
    await stage.work(courier);
    expect(openWork(stage.dir)).toEqual([`notify.${(newer as { id: string }).id}`]);
  });

  test('a try is not waited for that began in the future, or long ago, or by a process that is gone', async ({
    stage,
  }) => {
    const now = Date.now();
    const tries = [tryOf(now + 3_600_000), tryOf(now - 3_600_000), tryOf(now, '1')];
    const runs = tries.map((one) => {
      const run = stage.run([stage.webhook()]);
      stage.write(run, '0.ended.1', one);
      stage.end(run);
      return run;
    });
    const beingMade = stage.run([stage.webhook()]);
    stage.write(beingMade, '0.ended.1', tryOf(now));
    stage.end(beingMade);
    const courier = stage.courier();
    await until(() => {
      courier.turn();
      return stage.receiver.received.length === tries.length;
    });
    expect(idsIn(stage.receiver.received)).toEqual(runs.map(({ id }) => `${id}.0.ended`).sort());
    expect(deliveriesOf(stage.dir, beingMade)).toMatchObject([{ state: 'open', tries: 1 }]);
  });

  test('names that are no work of ours do not keep anybody busy', ({ stage }) => {
    const { work } = directoryPaths(stage.dir);
    mkdirSync(work);
    for (const name of ['queue.1', '.hidden', 'notify', 'notify.']) writeFileSync(join(work, name), '');
    expect(stage.courier().isLeft()).toBe(false);
    expect(readdirSync(work)).toHaveLength(4);
  });
});

describe.concurrent('a thread of Codex', () => {
  const owner = { user: 'tester', session: '0199a213-81c0-7800-8aa1-bbab2a035a53', agent: 'codex' };
  const noted = (dir: string): string => join(dir, 'noted');
  const target = (dir: string): Target => {
    const fixture = fileURLToPath(new URL('fixtures/notes-arguments.sh', import.meta.url));
    symlinkSync(fixture, join(dir, 'codex'));
    return {
      plan: { name: 'codex', kind: 'codex', on: ['failed'], thread: owner.session },
      secrets: { env: { PATH: `${dir}:/usr/bin:/bin`, NOTED: noted(dir) } },
    };
  };

  test('is told of an end that nobody waits for', async ({ stage }) => {
    const run = stage.run([target(stage.dir)], { owner });
    stage.end(run);
    await stage.work(stage.courier());
    expect(existsSync(noted(stage.dir))).toBe(true);
    expect(deliveriesOf(stage.dir, run)).toMatchObject([{ state: 'delivered' }]);
  });

  test('is not told what its own call has told it', async ({ stage }) => {
    const run = stage.run([target(stage.dir)], { owner });
    markSeen(stage.dir, readerNameOf(owner), [run.id]);
    stage.end(run);
    await stage.work(stage.courier());
    expect(existsSync(noted(stage.dir))).toBe(false);
    expect(deliveriesOf(stage.dir, run)).toMatchObject([{ state: 'unneeded', tries: 0 }]);
  });

  test('is told as soon as a waiter is gone that did not tell it', async ({ stage }) => {
    const run = stage.run([target(stage.dir)], { owner });
    const leave = markWaiting(stage.dir, run.id, SELF);
    stage.end(run, { endedAt: Date.now() - 60_000 });
    const courier = stage.courier();
    courier.turn();
    expect(stage.ledger(run)).toEqual(['plan', 'secrets']);
    leave();
    await stage.work(courier);
    expect(deliveriesOf(stage.dir, run)).toMatchObject([{ state: 'delivered' }]);
  });
});

test('a plan that is written after its work is found; a start that dies before that leaves neither work nor secrets', async ({
  stage,
}) => {
  const [late, never] = [stage.run([stage.webhook()]), stage.run([stage.webhook()])];
  const planOf = (run: RunRecord): string => join(runPaths(stage.dir, run.id).notify, 'plan');
  const plan = readFileSync(planOf(late));
  for (const run of [late, never]) rmSync(planOf(run));
  const courier = stage.courier();
  courier.turn();
  expect(stage.ledger(never)).toEqual(['secrets']);
  writeFileSync(planOf(late), plan);
  for (const run of [late, never]) stage.end(run);
  await stage.work(courier);
  expect(idsIn(stage.receiver.received)).toEqual([`${late.id}.0.ended`]);
  expect(stage.ledger(never)).toEqual([]);
});
