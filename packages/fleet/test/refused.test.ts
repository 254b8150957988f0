import { createServer, type Server as NetServer } from 'node:net';
import { inspect } from 'node:util';
import { newRunId } from '@pm/protocol';
import { until } from '@pm/testing';
import { PASSWORD, SERVERS, type Server } from '@pm/testing/engines';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineError, openFleetQueue } from '../src/index.ts';

// What people see when an engine cannot be used: what, where, what to do, and never the password.

const ESCAPED = encodeURIComponent(PASSWORD);
const ENTRY = { id: newRunId(Date.now()), dir: '/project/.pm', step: 'work', project: 'aaaaaaaaaaaaaaaa', priority: 0 };

/** The error of the first thing that is asked. */
async function errorOf(url: string, timeoutMs = 60_000): Promise<EngineError> {
  const queue = openFleetQueue(url, { queue: 'gpu', timeoutMs });
  try {
    await queue.enqueue(ENTRY);
    throw new Error('it was added');
  } catch (error) {
    expect(error).toBeInstanceOf(EngineError);
    for (const text of [inspect(error, { depth: 20, showHidden: true }), queue.at])
      for (const secret of [PASSWORD, ESCAPED, 'wrong-word']) expect(text).not.toContain(secret);
    return error as EngineError;
  } finally {
    queue.close();
  }
}

test.each(['redis', 'rediss', 'postgres'])('%s where nothing listens', async (protocol) => {
  const error = await errorOf(`${protocol}://pm:${ESCAPED}@127.0.0.1:1/0`);
  expect(error.problem).toBe('unreachable');
  expect(error.message).toContain(`${protocol}://pm@127.0.0.1:1/0 cannot be reached to add an entry`);
  expect(error.message).toMatch(/ECONNREFUSED.*Start it, or correct its URL/);
});

test.each(['redis', 'rediss', 'postgres'])('%s on a host that nobody knows', async (protocol) => {
  const error = await errorOf(`${protocol}://pm:${ESCAPED}@engine.invalid/0`);
  expect(error).toMatchObject({ problem: 'unreachable', message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) });
});

test.each(['redis', 'rediss', 'postgres'])('%s that accepts and never answers', async (protocol) => {
  const silent = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  try {
    const error = await errorOf(`${protocol}://pm:${ESCAPED}@127.0.0.1:${Object(silent.address()).port}/0`, 300);
    expect(error).toMatchObject({ problem: 'unreachable', message: expect.stringMatching(/0\.3 s|timeout|timed out/) });
    await nobodyIsConnectedTo(silent);
  } finally {
    silent.close();
  }
});

test.each(['redis', 'postgres'])('%s that accepts and never answers is left at once', async (protocol) => {
  const silent = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const asked = new Promise((resolve) => silent.once('connection', resolve));
  const queue = openFleetQueue(`${protocol}://pm:${ESCAPED}@127.0.0.1:${Object(silent.address()).port}/0`, {
    queue: 'gpu',
    timeoutMs: 1_000_000,
  });
  queue.list().catch(() => {});
  const leave = queue.subscribe(() => {});
  try {
    await asked;
    leave();
    queue.close();
    await nobodyIsConnectedTo(silent);
  } finally {
    silent.close();
  }
});

/** A connection that stays keeps its process alive, whatever it has to answer. */
async function nobodyIsConnectedTo(server: NetServer): Promise<void> {
  const count = () =>
    new Promise<number>((resolve) => server.getConnections((error, n) => resolve(error === null ? n : Number.NaN)));
  await until(async () => (await count()) === 0, 'no connection is left');
}

describe.for(SERVERS)('$name', ({ name, isHere, start }) => {
  describe.skipIf(!isHere)('if the server is installed', () => {
    let server: Server;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => await server?.remove());

    test('a wrong password is refused', async () => {
      const error = await errorOf(server.url.replace(ESCAPED, 'wrong-word'));
      expect(error.message).toContain('Check the user, the password and the database in its URL.');
      expect(error.problem).toBe('refused');
    });

    test('no password is refused', async () => {
      expect((await errorOf(server.url.replace(`:${ESCAPED}`, ''))).problem).toBe('refused');
    });

    test.skipIf(name !== 'Redis')(
      'a user who may not ask for the version is refused, and no connection stays',
      async () => {
        const admin = new Redis(server.url);
        try {
          await admin.acl('SETUSER', 'plain', 'on', '>wrong-word', '~*', '&*', '+@all', '-info');
          const error = await errorOf(server.url.replace(`:${ESCAPED}`, 'plain:wrong-word'));
          expect(error).toMatchObject({ problem: 'refused', message: expect.stringContaining('info') });
          await until(async () => !/user=plain/.test(String(await admin.client('LIST'))), 'its connection is closed');
        } finally {
          admin.disconnect();
        }
      },
    );

    test('another protocol is not taken for an engine', async () => {
      const other = name === 'Redis' ? 'postgres' : 'redis';
      const error = await errorOf(server.url.replace(/^\w+/, other), 2_000);
      expect(['unreachable', 'refused', 'failed']).toContain(error.problem);
    });
  });
});
