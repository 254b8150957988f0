import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { identify } from '@pm/process';
import type { PlannedTarget } from '@pm/protocol';
import { until } from '@pm/testing';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runProgram } from '../src/deliver/run-program.ts';
import { postWebhook } from '../src/deliver/webhook.ts';
import { deliver, type Facts, noDesktop } from '../src/index.ts';
import { openReceiver, type Receiver } from './receiver.ts';

const FACTS: Facts = {
  id: '20261123T180512345Z-7k3f9q2m7x.0.quiet',
  event: { kind: 'attention', attention: 'quiet', evidence: 'no output for 10m', at: 1_795_000_000_000 },
  run: { id: '20261123T180512345Z-7k3f9q2m7x', step: 'train', createdAt: 1_795_000_000_000, host: { name: 'build-7' } },
  dir: '/project/.pm',
};
const OPTIONS = { signal: new AbortController().signal, program: 'pm 1.2.3' };
const folder = mkdtempSync(join(tmpdir(), 'pm-deliver-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const target = (kind: PlannedTarget['kind'], patch: Partial<PlannedTarget> = {}): PlannedTarget => ({
  name: 'somebody',
  kind,
  on: ['quiet'],
  ...patch,
});

describe('a webhook', () => {
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await openReceiver();
  });
  afterEach(() => receiver.close());

  const post = (answer?: Receiver['answer'], timeoutMs = 15_000) => {
    if (answer !== undefined) receiver.answer = answer;
    return postWebhook(FACTS, { url: receiver.url, secret: 's', signal: OPTIONS.signal, userAgent: 'pm/1', timeoutMs });
  };
  const status =
    (code: number, headers: Record<string, string> = {}) =>
    (response: ServerResponse): void =>
      void response.writeHead(code, headers).end();

  test('is posted as JSON, with who sent it, and signed', async () => {
    expect(await deliver(target('webhook'), { url: receiver.url, secret: 's' }, FACTS, OPTIONS)).toEqual({
      kind: 'delivered',
    });
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'pm/1.2.3',
      'webhook-id': FACTS.id,
      'webhook-timestamp': expect.stringMatching(/^\d{10}$/),
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
    });
    expect(JSON.parse(body)).toMatchObject({ type: 'run.attention', data: { step: 'train', attention: 'quiet' } });
  });

  test('that answers 500 has failed, and may be tried again', async () => {
    expect(await post(status(500))).toEqual({ kind: 'failed', why: 'the receiver answered 500' });
  });

  test.each([
    ['switches to another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
    ['speaks no HTTP', 'SSH-2.0-OpenSSH\r\n'],
    ['says nothing', ''],
  ])('that %s has failed', async (_, bytes) => {
    expect(await post((response) => void response.socket?.end(bytes))).toMatchObject({
      kind: 'failed',
      why: expect.stringMatching(/^no answer/),
    });
  });

  test('that asks for a pause is given it', async () => {
    expect(await post(status(429, { 'retry-after': '7' }))).toMatchObject({ retryAfterMs: 7_000 });
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    const { retryAfterMs = 0 } = (await post(status(503, { 'retry-after': inAnHour }))) as { retryAfterMs?: number };
    expect(retryAfterMs).toBeGreaterThan(3_500_000);
    expect(await post(status(503, { 'retry-after': 'soon' }))).not.toHaveProperty('retryAfterMs');
  });

  test('that redirects is not followed', async () => {
    const elsewhere = { location: receiver.url };
    expect(await post(status(307, elsewhere))).toEqual({
      kind: 'failed',
      why: 'the receiver answered 307: redirects are not followed',
    });
    expect(receiver.received).toHaveLength(1);
  });

  test('that is gone is not tried again', async () => {
    expect(await post(status(410))).toMatchObject({ isFinal: true });
  });

  test('that resets, refuses, or is no address has failed, and no reason has its address', async () => {
    const results = [await post((_, { socket }) => void socket.resetAndDestroy())];
    receiver.close();
    results.push(await post());
    results.push(await deliver(target('webhook'), { url: 'file:///etc/hidden-token' }, FACTS, OPTIONS));
    results.push(await deliver(target('webhook'), undefined, FACTS, OPTIONS));
    expect(results).toMatchObject([
      { why: 'no answer (ECONNRESET)' },
      { why: 'no answer (ECONNREFUSED)' },
      { isFinal: true },
      { isFinal: true },
    ]);
    expect(JSON.stringify(results)).not.toMatch(/hidden|127\.0/);
  });

  test('that never answers is left after a time', async () => {
    expect(await post(() => {}, 200)).toEqual({ kind: 'failed', why: 'no answer within 0.2 s' });
  });

  test('that answers without end has been told', async () => {
    let written = 0;
    const answer = (response: ServerResponse): void => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) written += 1;
        if (!response.destroyed) response.once('drain', more);
      };
      response.on('error', () => {});
      more();
      response.once('close', () => (written = -1));
    };
    expect(await post(answer)).toEqual({ kind: 'delivered' });
    await until(() => written === -1, 'the rest of the answer is cut off');
  });
});

describe('a command', () => {
  test('gets the facts by its environment, and nothing else that it did not ask for', async () => {
    const noted = join(folder, 'facts');
    const plan = target('command', { argv: [fixture('notes-facts.sh')], cwd: folder });
    const env = { PATH: '/usr/bin:/bin', NOTED: noted };
    expect(await deliver(plan, { env }, FACTS, OPTIONS)).toEqual({ kind: 'delivered' });
    expect(readFileSync(noted, 'utf8')).toBe(`${FACTS.id} train is quiet: no output, CPU time or I/O on build-7\n`);
  });

  test.each([
    ['exits with a code', ['false'], { kind: 'failed', why: 'it exited with 1' }],
    ['does not exist', ['no-such-program'], { why: 'there is no such program', isFinal: true }],
    ['may not be executed', ['/etc/passwd'], { why: 'the program may not be executed', isFinal: true }],
    ['runs where a folder is gone', ['true'], { kind: 'delivered' }],
    ['prints a gigabyte', [fixture('prints-a-gigabyte.sh')], { kind: 'delivered' }],
  ])('that %s', async (_, argv, expected) => {
    const env = { PATH: '/usr/bin:/bin' };
    expect(await deliver(target('command', { argv, cwd: '/gone' }), { env }, FACTS, OPTIONS)).toMatchObject(expected);
  });

  test('that hangs is killed with all that it started', async () => {
    const pids = join(folder, 'pids');
    const giveUp = new AbortController();
    const env = { PATH: '/usr/bin:/bin', PIDS: pids };
    const running = runProgram([fixture('hangs.sh')], { cwd: folder, env, signal: giveUp.signal });
    await until(() => existsSync(pids));
    const processes = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
    expect(processes.map(identify)).not.toContain(undefined);
    giveUp.abort();
    expect(await running).toEqual({ kind: 'failed', why: 'it was interrupted' });
    await until(() => processes.every((pid) => isGone(pid)), 'both are gone');
    const late = await runProgram(['sleep', '600'], { cwd: folder, env, signal: OPTIONS.signal, timeoutMs: 50 });
    expect(late).toMatchObject({ why: expect.stringMatching(/^it took longer than/) });
  });
});

function isGone(pid: number): boolean {
  return !existsSync(`/proc/${pid}`) || /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

describe('a desktop', () => {
  test('that is not there is said, and not tried again', async () => {
    expect(await deliver(target('desktop'), { env: { PATH: '/usr/bin' } }, FACTS, OPTIONS)).toMatchObject({
      isFinal: true,
      why: expect.stringContaining('there is no desktop here'),
    });
    expect(noDesktop({ DISPLAY: ':0', PATH: '/nowhere' }, 'linux')).toContain('notify-send is not on the PATH');
    expect(noDesktop({}, 'darwin')).toBeUndefined();
  });

  test.skipIf(process.platform !== 'linux')('gets the texts as arguments, its markup escaped', async () => {
    symlinkSync(fixture('notes-arguments.sh'), join(folder, 'notify-send'));
    const noted = join(folder, 'arguments');
    const env = { PATH: `${folder}:/usr/bin:/bin`, DISPLAY: ':0', NOTED: noted };
    const facts = { ...FACTS, run: { ...FACTS.run, host: { name: '<b>$(x)&' } } };
    expect(await deliver(target('desktop'), { env }, facts, OPTIONS)).toEqual({ kind: 'delivered' });
    expect(readFileSync(noted, 'utf8').split('\n')).toEqual([
      '--app-name=pm',
      '--',
      'pm: train',
      'train is quiet: no output, CPU time or I/O on &lt;b&gt;$(x)&amp;',
      '',
    ]);
  });
});

test('a thread of Codex gets one line by codex queue', async () => {
  symlinkSync(fixture('notes-arguments.sh'), join(folder, 'codex'));
  const noted = join(folder, 'queued');
  const env = { PATH: `${folder}:/usr/bin:/bin`, NOTED: noted };
  const plan = target('codex', { thread: '0199a213-81c0-7800-8aa1-bbab2a035a53' });
  expect(await deliver(plan, { env }, FACTS, OPTIONS)).toEqual({ kind: 'delivered' });
  expect(readFileSync(noted, 'utf8').split('\n')).toEqual([
    'queue',
    '--thread',
    '0199a213-81c0-7800-8aa1-bbab2a035a53',
    '--message',
    expect.stringMatching(/^Process Monitor: train is quiet.* Details: pm wait train --dir \/project\/\.pm$/),
    '',
  ]);
});
