import { PassThrough } from 'node:stream';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { until } from '@pm/testing';
import { describe, expect, test as plain } from 'vitest';
import { openTasks } from '../src/call/tasks.ts';
import { openingOf } from '../src/serve/opening.ts';
import { serverFor } from '../src/serve/server.ts';
import { call, job, test } from './stage.ts';

const ENVELOPE = 'io.modelcontextprotocol/';
const CLIENT = { name: 'claude-code', title: 'Claude Code', version: '2.1.332' };
const meta = (more: object = {}) => ({
  [`${ENVELOPE}protocolVersion`]: '2026-07-28',
  [`${ENVELOPE}clientInfo`]: CLIENT,
  [`${ENVELOPE}clientCapabilities`]: { elicitation: { form: {} }, extensions: { [`${ENVELOPE}tasks`]: {} } },
  ...more,
});
const discover = (params: unknown, more: object = {}) => ({
  jsonrpc: '2.0',
  id: 0,
  method: 'server/discover',
  params,
  ...more,
});
const initialize = (more: object = {}) => ({
  jsonrpc: '2.0',
  id: 'a',
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: { roots: { listChanged: true } },
    clientInfo: CLIENT,
    ...more,
  },
});

describe('the first answer is that of the SDK', () => {
  plain.each<[what: string, message: object, isAnswered: boolean]>([
    ['server/discover', discover({ _meta: meta() }), true],
    ['with other facts in its envelope', discover({ _meta: meta({ traceparent: '00-1-2-03' }) }), true],
    ['without a client', discover({ _meta: meta({ [`${ENVELOPE}clientInfo`]: undefined }) }), true],
    ['with an id that is a text', discover({ _meta: meta() }, { id: 'first' }), true],
    ['initialize', initialize(), true],
    ['of the first revision', initialize({ protocolVersion: '2024-10-07' }), true],
    ['of the last one that has it', initialize({ protocolVersion: '2025-11-25', capabilities: {} }), true],
    ['of an unknown revision', initialize({ protocolVersion: '1999-01-01' }), false],
    ['of the modern revision', initialize({ protocolVersion: '2026-07-28' }), false],
    ['of nobody', initialize({ clientInfo: {} }), false],
    ['with capabilities that are none', initialize({ capabilities: { roots: { listChanged: 'yes' } } }), false],
    ['with an unknown revision', discover({ _meta: meta({ [`${ENVELOPE}protocolVersion`]: '2030-01-01' }) }), false],
    ['without a revision', discover({ _meta: {} }), false],
    ['without an envelope', discover({}), false],
    ['with a wish for progress', discover({ _meta: meta({ progressToken: 1 }) }), false],
    ['with a level of its log', discover({ _meta: meta({ [`${ENVELOPE}logLevel`]: 'loud' }) }), false],
    ['with capabilities in a list', discover({ _meta: meta({ [`${ENVELOPE}clientCapabilities`]: [] }) }), false],
    ['with a field too many', discover({ _meta: meta() }, { extra: 1 }), false],
    ['with an id that is none', discover({ _meta: meta() }, { id: 1.5 }), false],
    ['without an id', discover({ _meta: meta() }, { id: undefined }), false],
    ['a tool call', { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: meta() } }, false],
  ])('%s', async (_, message, isAnswered) => {
    const line = JSON.stringify(message);
    const opening = openingOf(line);
    expect(opening !== undefined).toBe(isAnswered);
    if (opening !== undefined) expect(JSON.parse(opening.response)).toEqual(await answerOfSdk(line));
  });

  plain.each(['', 'null', '[]', '{"jsonrpc":"2.0"', '"server/discover"'])('and there is none to %s', (line) =>
    expect(openingOf(line)).toBeUndefined(),
  );
});

/** What the SDK answers, without any of the answers made beforehand. */
async function answerOfSdk(line: string): Promise<unknown> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const environment = { cwd: '.', env: {} };
  const shared = {
    environment,
    takesFolder: true,
    tasks: openTasks(environment),
    calls: new Set<Promise<unknown>>(),
    after: () => {},
  };
  const handle = serveStdio(({ era }) => serverFor(era, shared), {
    transport: new StdioServerTransport(stdin, stdout),
  });
  stdin.write(`${line}\n`);
  const [chunk] = await new Promise<Buffer[]>((resolve) => stdout.once('data', (...chunks) => resolve(chunks)));
  await handle.close();
  return JSON.parse(String(chunk));
}

describe.concurrent('a client', () => {
  test.for<[how: string, writes: readonly string[]]>([
    ['in one piece', [`${JSON.stringify(discover({ _meta: meta() }))}\n`]],
    [
      'in pieces',
      [
        JSON.stringify(discover({ _meta: meta() })).slice(0, 40),
        JSON.stringify(discover({ _meta: meta() })).slice(40),
        '\n',
      ],
    ],
    [
      'with the next request behind it',
      [
        `${JSON.stringify(discover({ _meta: meta() }))}\n${JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/list', params: { _meta: meta() } })}\n`,
      ],
    ],
  ])('that writes its first line %s is answered once', async ([, writes], { stage }) => {
    const serving = stage.serve();
    await serving.transport.start();
    for (const text of writes) {
      serving.child.stdin?.write(text);
      await new Promise(setImmediate);
    }
    await until(() => serving.lines.length > 0);
    await serving.transport.send({ jsonrpc: '2.0', id: 8, method: 'tools/list', params: { _meta: meta() } });
    await until(() => serving.lines.some((line) => JSON.parse(line).id === 8));
    const ids = serving.lines.map((line) => JSON.parse(line).id);
    expect(ids.filter((id) => id === 0)).toHaveLength(1);
    expect(ids).toEqual(ids.includes(7) ? [0, 7, 8] : [0, 8]);
  });

  test('that learns nothing from the first answer opens the old way', async ({ stage }) => {
    const serving = stage.serve();
    await serving.transport.start();
    await serving.transport.send(discover({ _meta: meta() }) as never);
    await serving.transport.send(initialize() as never);
    await serving.transport.send({ jsonrpc: '2.0', id: 2, method: 'tools/list' });
    await until(() => serving.lines.length === 3);
    expect(serving.lines.map((line) => JSON.parse(line))).toMatchObject([
      { id: 0, result: { supportedVersions: ['2026-07-28'] } },
      { id: 'a', result: { protocolVersion: '2025-06-18' } },
      { id: 2, result: { tools: expect.any(Array) } },
    ]);
  });

  test('that says nothing, and one that goes in the middle of its first line, leave nothing behind', async ({
    stage,
  }) => {
    for (const text of ['', '{"jsonrpc":"2.0",']) {
      const { child, gone } = stage.serve();
      child.stdin?.end(text);
      expect(await gone).toBe(0);
    }
  });

  test('of either era has a server that works after the first answer', async ({ stage }) => {
    for (const era of ['legacy', 'auto'] as const) {
      const client = await stage.client(era);
      expect(
        (await call(client, 'start_run', { step: era, command: [job('prints-hostile.sh')] })).isError,
      ).toBeUndefined();
    }
  });
});
