import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '@pm/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identify } from '../src/identity.ts';
import { parseLsof } from '../src/platform/parse-lsof.ts';
import { listenersOn, nameListeners, portsOf } from '../src/ports/listeners.ts';
import { whyNotListening, whyPortTaken } from '../src/ports/port-use.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(() => stage.close());

async function portOf({ folder }: Stage): Promise<number> {
  const port = (): number => {
    try {
      return Number(readFileSync(`${folder}/port`, 'utf8'));
    } catch {
      return 0;
    }
  };
  await until(() => port() > 0, 'the server listens');
  return port();
}

/** Listens in this process. */
async function listening<T>(host: string, use: (port: number) => Promise<T> | T, at = 0): Promise<T> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ port: at, host }, resolve));
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

const isIPv6Here = (await whyNotListening(1, '::1')) !== 'EADDRNOTAVAIL';

describe('who listens', () => {
  test.each(['127.0.0.1', '0.0.0.0', ...(isIPv6Here ? ['::1', '::'] : [])])('on %s', async (address) => {
    const server = stage.start('serve.mjs', address);
    const port = await portOf(stage);
    expect(listenersOn(port)).toEqual([
      {
        address,
        user: process.geteuid?.(),
        holders: [{ ...server, ppid: process.pid, command: expect.stringMatching(/serve\.mjs/) }],
      },
    ]);
    expect(nameListeners(listenersOn(port))).toMatch(new RegExp(`serve\\.mjs.* \\(pid ${server.pid}\\)$`));
    expect(portsOf([server])).toEqual([port]);
    expect(portsOf([])).toEqual([]);
  });

  test('two servers on two addresses of one port are both named', async () => {
    const server = stage.start('serve.mjs', '127.0.0.1');
    const port = await portOf(stage);
    await listening(
      '127.0.0.2',
      () => {
        const found = listenersOn(port).map(({ address, holders }) => [address, holders.map(({ pid }) => pid)]);
        expect(found.sort()).toEqual([
          ['127.0.0.1', [server.pid]],
          ['127.0.0.2', [process.pid]],
        ]);
      },
      port,
    );
  });

  test('workers share the socket of their server, which is first', async () => {
    const server = stage.start('serve.mjs', '127.0.0.1', '3');
    const [listener, ...others] = listenersOn(await portOf(stage));
    expect(others).toEqual([]);
    expect(listener?.holders[0]).toMatchObject(server);
    for (const worker of listener?.holders.slice(1) ?? []) expect(worker).toMatchObject({ ppid: server.pid });
  });

  test('of a port that nobody listens on is nobody', async () => {
    const port = await listening('127.0.0.1', (free) => free);
    expect(listenersOn(port)).toEqual([]);
    expect(nameListeners([])).toBe('an unknown process');
  });

  test('a socket of another user has no name', () =>
    expect(nameListeners([{ address: '::', user: 4_000_000_000, holders: [] }])).toBe(
      'a process of user 4000000000, which only that user and root can name',
    ));

  test.skipIf(!hasLsof())('what lsof prints is read as /proc is', async () => {
    stage.start('serve.mjs', '127.0.0.1', '2');
    const port = await portOf(stage);
    const text = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-F', 'pun'], { encoding: 'utf8' });
    expect(parseLsof(text).map((socket) => ({ ...socket, pids: [...socket.pids].sort() }))).toEqual(
      listenersOn(port).map(({ address, user, holders }) => ({
        address,
        user,
        pids: holders.map(({ pid }) => pid).sort(),
      })),
    );
  });
});

describe('a port is taken', () => {
  test.each(['127.0.0.1', '0.0.0.0', ...(isIPv6Here ? ['::1', '::'] : [])])('by a server on %s', async (address) => {
    await listening(address, async (port) => expect(await whyPortTaken(port)).toBe('EADDRINUSE'));
  });

  test('only while somebody listens', async () => {
    const port = await listening('127.0.0.1', (free) => free);
    expect(await whyPortTaken(port)).toBeUndefined();
    expect(identify(process.pid)).toBeDefined();
    expect(listenersOn(port)).toEqual([]);
  });
});

function hasLsof(): boolean {
  try {
    execFileSync('lsof', ['-v'], { stdio: 'ignore' });
    return process.platform === 'linux';
  } catch {
    return false;
  }
}
