import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { until } from '@pm/testing';
import { expect } from 'vitest';
import { call, facts, job, type Stage, test, untoldSteps } from './stage.ts';

const MAIN = fileURLToPath(new URL('../dist/main.cjs', import.meta.url));

test.for(['legacy', 'auto'] as const)(
  'over HTTP, by %s, with the token of a file that only its owner can read',
  async (era, { stage }) => {
    const served = await serveHttp(stage);
    expect(statSync(served.tokenFile).mode & 0o777).toBe(0o600);
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: era } });
    const headers = { Authorization: `Bearer ${readFileSync(served.tokenFile, 'utf8').trim()}` };
    await client.connect(new StreamableHTTPClientTransport(new URL(served.url), { requestInit: { headers } }));
    const run = facts(await call(client, 'start_run', { step: 'quick', command: ['true'], wait: true }));
    expect(run).toMatchObject({ outcome: 'success' });
    await until(async () => (await untoldSteps(stage)).length === 0); // the connection has taken the answer
    await client.close();
  },
);

test('who closes the connection before the answer was told nothing', async ({ stage }) => {
  const served = await serveHttp(stage);
  const client = new Client({ name: 'test', version: '1' });
  const headers = { Authorization: `Bearer ${readFileSync(served.tokenFile, 'utf8').trim()}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(served.url), { requestInit: { headers } }));
  const command = [job('until-cue.sh'), 'end'];
  const leaving = new AbortController();
  const input = { step: 'train', command, wait: true };
  const calling = client.callTool({ name: 'start_run', arguments: input }, { signal: leaving.signal });
  await until(async () => (await stage.runs()).some(({ state }) => state === 'running'));
  leaving.abort();
  await expect(calling).rejects.toThrow();
  await client.close();
  const port = Number(new URL(served.url).port);
  await until(() => openConnections(port) === 0, 'the server has noticed that its client is gone');
  stage.cue('end');
  await until(async () => (await stage.runs()).every(({ state }) => state === 'ended'));
  expect(await untoldSteps(stage)).toEqual(['train']);
});

test('nobody else gets in: another user, a page of a browser, a name that leads here', async ({ stage }) => {
  const served = await serveHttp(stage);
  const token = `Bearer ${readFileSync(served.tokenFile, 'utf8').trim()}`;
  const asked = (headers: Record<string, string>, path = '/mcp') => statusOf(new URL(path, served.url), headers);
  expect(await asked({})).toBe(401);
  expect(await asked({ authorization: `${token}x` })).toBe(401);
  expect(await asked({ authorization: token, host: 'evil.example' })).toBe(403);
  expect(await asked({ authorization: token, origin: 'https://evil.example' })).toBe(403);
  expect(await asked({ authorization: token, origin: 'null' })).toBe(403);
  expect(await asked({ authorization: token }, '/other')).toBe(404);
  expect(await asked({ authorization: token })).toBe(200);
  expect(await asked({ authorization: token, 'content-type': 'text/plain' })).toBe(415);
  expect(await statusOf(new URL(served.url), { authorization: token }, 'x'.repeat(2_000_000))).toBe(413);
});

test('a token that others can read is refused, and what to do is said', async ({ stage }) => {
  const served = await serveHttp(stage);
  await served.close();
  chmodSync(served.tokenFile, 0o644);
  await expect(serveHttp(stage)).rejects.toThrow(/can be read by other users/);
});

test('without a folder of its user for the token the server does not start; a relative one is none', async ({
  stage,
}) => {
  const env = { ...stage.env, HOME: 'home', XDG_STATE_HOME: 'state' };
  await expect(serveHttp({ ...stage, env })).rejects.toThrow(/set HOME or XDG_STATE_HOME to an absolute path/);
  expect(existsSync(join(stage.folder, 'state'))).toBe(false);
});

async function serveHttp({ folder, env, later }: Stage) {
  const child = spawn(process.execPath, [MAIN, '--http', '0'], {
    cwd: folder,
    env: env as NodeJS.ProcessEnv,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (bytes) => {
    said += bytes;
  });
  await until(() => /mcp-token|remove it/.test(said) || child.exitCode !== null);
  const [, url] = /(http:\S+)/.exec(said) ?? [];
  if (url === undefined) throw new Error(said);
  const tokenFile = join(String(env['XDG_STATE_HOME']), 'process-monitor/mcp-token');
  const gone = once(child, 'exit');
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    expect(await gone).toEqual([0, null]);
  };
  later(close);
  return { url, tokenFile, close };
}

/** With `node:http`, because fetch does not let its caller set Host. */
function statusOf(url: URL, headers: Record<string, string>, body = PING): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const accept = 'application/json, text/event-stream';
    const own = { 'content-type': 'application/json', accept, 'mcp-protocol-version': '2025-11-25', ...headers };
    const asked = request(url, { method: 'POST', headers: own }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const PING = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });

/** The connections of a server on this machine that it has not closed yet, as the kernel lists them: established, or closed by the client alone. */
function openConnections(port: number): number {
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  const own = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return rows.filter((row) => {
    const [, local = '', , state = ''] = row.trim().split(/\s+/);
    return local.endsWith(own) && (state === '01' || state === '08');
  }).length;
}
