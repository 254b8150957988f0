import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { until } from '@pm/testing';
import { statusOf, test } from './stage.ts';

const NOTHING = { status: 404, text: '' };

test.concurrent('nobody gets in without the key, from another page or by another name', async ({ stage, expect }) => {
  const served = await stage.serve('--port', '0');
  const { key, port } = served;
  const own = `127.0.0.1:${port}`;
  const paths = [
    '/',
    '/events',
    '/ask/ls',
    `/${key.slice(0, -1)}/`,
    `/${key}x/`,
    `/x${key}/`,
    `//${key}/`,
    '/favicon.ico',
  ];
  for (const path of paths) expect(await statusOf(served, path), path).toEqual(NOTHING);

  const page = `/${key}/`;
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1',
    `localhost:${port}`,
    `127.0.0.1:${port + 1}`,
    `0.0.0.0:${port}`,
  ])
    expect(await statusOf(served, page, { headers: { host } }), `host ${host}`).toEqual(NOTHING);
  for (const origin of [
    'https://evil.example',
    `https://${own}`,
    'null',
    `http://${own}.evil.example`,
    'http://127.0.0.1',
  ])
    for (const [method, path] of [
      ['GET', `${page}log`],
      ['GET', `${page}events`],
      ['POST', `${page}ask/ls`],
    ] as const)
      expect(await statusOf(served, path, { method, headers: { origin }, body: '{}' }), origin).toEqual(NOTHING);
  const foreign = { 'sec-fetch-site': 'cross-site' };
  expect(await statusOf(served, `${page}ask/ls`, { method: 'POST', headers: foreign, body: '{}' })).toEqual(NOTHING);
  expect(await statusOf(served, `${page}timeline`, { headers: foreign })).toEqual(NOTHING);
  expect((await statusOf(served, page, { headers: foreign })).status).toBe(200); // a link that leads to the page

  expect((await statusOf(served, page)).status).toBe(200);
  const asked = { method: 'POST', headers: { origin: `http://${own}` }, body: '{}' };
  expect((await statusOf(served, `${page}ask/ls`, asked)).status).toBe(200);
});

test.concurrent('only the files of the page are served, whatever a path says', async ({ stage, expect }) => {
  const served = await stage.serve('--port', '0');
  const page = `/${served.key}/`;
  const paths = [
    '../../package.json',
    '..%2f..%2fpackage.json',
    'assets/../../server.cjs',
    '%00',
    'constructor',
    'ask/ls',
  ];
  for (const path of [...paths, '__proto__', 'ask', 'assets', 'assets/'])
    expect(await statusOf(served, `${page}${path}`), path).toEqual(NOTHING);
  for (const name of ['constructor', '__proto__', 'no-such-operation', 'ls/more', ''])
    expect(await statusOf(served, `${page}ask/${name}`, { method: 'POST', body: '{}' }), name).toEqual(NOTHING);
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE'])
    expect(await statusOf(served, page, { method }), method).toEqual(NOTHING);
});

test.concurrent('the page may load nothing from elsewhere, and no other page may show it', async ({
  stage,
  expect,
}) => {
  const served = await stage.serve('--port', '0');
  const { headers, text } = await served
    .get('')
    .then(async (response) => ({ headers: response.headers, text: await response.text() }));
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*|https?:|data:/);
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('access-control-allow-origin')).toBeNull();
  expect(headers.get('set-cookie')).toBeNull();
  expect(text).not.toMatch(/<script(?![^>]* src=)|<style|https?:\/\//);
  const [, script = ''] = /src="\.\/(assets\/[^"]+\.js)"/.exec(text) ?? [];
  expect((await served.get(script)).headers.get('content-type')).toMatch(/^text\/javascript/);
  const moved = await fetch(served.address.slice(0, -1), { redirect: 'manual' });
  expect([moved.status, moved.headers.get('location')]).toEqual([308, `/${served.key}/`]);
});

test.concurrent('another user reads the key neither in a file nor in a command line', async ({ stage, expect }) => {
  const served = await stage.serve('--port', '0', '--open');
  const state = join(stage.folder, 'state/process-monitor');
  const key = join(state, 'web-key');
  expect(readFileSync(key, 'utf8').trim()).toBe(served.key);
  for (const name of readdirSync(state)) {
    const file = join(state, name);
    if (statSync(file).isFile()) expect([name, statSync(file).mode & 0o077]).toEqual([name, 0]);
  }
  const lines = readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8')] : [];
    } catch {
      return []; // it has ended
    }
  });
  expect(lines.filter((line) => line.includes(served.key))).toEqual([]);
  expect(await served.end('SIGINT')).toBe(0);
  expect(readdirSync(state)).not.toContain('web-open.html');
  const again = await stage.serve('--port', '0');
  expect(again.key).toBe(served.key);
  await again.end();
  rmSync(key);
  expect((await stage.serve('--port', '0')).key).not.toBe(served.key);
});

test.concurrent('a page that only shows changes nothing', async ({ stage, expect }) => {
  const served = await stage.serve('--port', '0', '--read-only');
  expect(await served.json('settings')).toMatchObject({ readOnly: true });
  await stage.pm('start', 'quick', '--', 'sh', '-c', 'exit 3');
  await until(async () => (await served.ask('status', { step: 'quick' })).runs?.[0]?.state === 'ended');
  await stage.pm('start', 'web', '--', 'sleep', '600');
  const refused = [
    ['start', { step: 'x', command: ['touch', 'x'] }],
    ['stop', { steps: ['web'] }],
    ['extend', { step: 'web', limit: '1h' }],
    ['queue', { action: 'pause', name: 'q' }],
    ['breaker', { action: 'trip', name: 'web' }],
    ['prune', { all: true }],
    ['init', {}],
    ['preflight', {}],
    ['recover', {}],
    ['doctor', {}],
    ['wait', { timeout: '1s', budget: '1ms' }],
  ] as const;
  for (const [operation, input] of refused)
    expect((await served.ask(operation, input)).fault?.code, operation).toBe('read-only');
  expect((await served.ask('status', { step: 'web' })).runs?.[0]).toMatchObject({ state: 'running' });
  expect((await served.ask('wait', { budget: '1ms' })).runs).toMatchObject([{ step: 'quick' }, { step: 'web' }]);
  expect((await served.ask('queue', {})).fault).toBeUndefined();
  expect((await served.ask('breaker', {})).fault).toBeUndefined();
  // Whoever only looks at a failure has not been told of it.
  expect((await served.ask('status', { step: 'quick' })).runs?.[0]).toMatchObject({ outcome: 'failed' });
  expect((await stage.pm('recover')).out).toMatch(/quick failed exit 3/);
});

test.concurrent('a page that only shows gives a run that pm did not start no limit', async ({ stage, expect }) => {
  const served = await stage.serve('--port', '0', '--read-only');
  const daemon = spawn('sleep', ['600'], { stdio: 'ignore' });
  try {
    mkdirSync(stage.dir, { mode: 0o700, recursive: true });
    writeFileSync(join(stage.dir, 'daemon.pid'), `${daemon.pid}\n`);
    for (const limit of [{}, { timeout: '1ms' }, { stale: '1s' }]) {
      const input = { steps: ['daemon'], dir: stage.dir, budget: '5s', ...limit };
      expect((await served.ask('wait', input)).fault?.code, JSON.stringify(limit)).toBe('read-only');
    }
    expect(existsSync(join(stage.dir, 'steps')), 'nobody has made a run of it').toBe(false);
    expect([daemon.exitCode, daemon.signalCode]).toEqual([null, null]);
  } finally {
    daemon.kill();
  }
});

test.concurrent('a wrong body is answered, a huge one is not read to its end', async ({ stage, expect }) => {
  const served = await stage.serve('--port', '0');
  const path = `/${served.key}/ask/ls`;
  for (const body of ['', '{', '[1', 'null', '"ls"', '{"nothing":1}', '{"__proto__":{"mine":true}}'])
    expect(await statusOf(served, path, { method: 'POST', body }), body).toMatchObject({ status: 400 });
  const sent = await new Promise<number>((resolve) => {
    const socket = connect(served.port, '127.0.0.1');
    let bytes = 0;
    const chunk = 'x'.repeat(65_536);
    const more = (): void => {
      if (bytes > 1_000_000_000) return void socket.destroy();
      bytes += chunk.length;
      if (socket.write(chunk)) setImmediate(more);
      else socket.once('drain', more);
    };
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.on('close', () => resolve(bytes));
    socket.write(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nContent-Length: 1000000000\r\n\r\n`, more);
  });
  expect(sent).toBeLessThan(1_000_000_000);
  expect((await served.ask('ls', {})).runs).toEqual([]);
});

test.concurrent('a second one names the first', async ({ stage, expect }) => {
  const { address } = await stage.serve();
  const main = join(import.meta.dirname, '../../cli/dist/main.cjs');
  const second = spawn(process.execPath, [main, 'web'], {
    cwd: stage.folder,
    env: stage.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said] = (await once(second.stderr, 'data')) as [Buffer];
  second.kill();
  expect(String(said)).toContain(`the page is served already, at ${address}; this is one more`);
});

test.concurrent('a port that is taken is named, and how to see who has it', async ({ stage, expect }) => {
  const { port, key } = await stage.serve('--port', '0');
  const { err, code } = await stage.pm('web', '--port', String(port));
  expect([code, err]).toEqual([
    125,
    expect.stringMatching(new RegExp(`port ${port}: somebody listens.*\\n.*who ${port}`)),
  ]);
  for (const wrong of [['--port', '70000'], ['--port', 'x'], ['--nothing'], ['train'], ['--port']])
    expect((await stage.pm('web', ...wrong)).code, wrong.join(' ')).toBe(125);
  const usual = await stage.serve();
  const other = await stage.serve();
  expect(other.port).not.toBe(usual.port);
  expect([usual.key, other.key]).toEqual([key, key]);
  // The program of another user has that port now, and may have been sent the key.
  await usual.end();
  const foreign = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n')).listen(usual.port, '127.0.0.1');
  await once(foreign, 'listening');
  try {
    const changed = await stage.serve();
    expect(changed.port).not.toBe(usual.port);
    expect(changed.key).not.toBe(key);
  } finally {
    foreign.close();
  }
});

test.concurrent('the address of a page that only shows does not open the other one', async ({ stage, expect }) => {
  const [full, only] = [await stage.serve(), await stage.serve('--read-only')];
  expect(only.port).not.toBe(full.port);
  for (const path of ['', 'events', 'log']) {
    expect(await statusOf(full, `/${only.key}/${path}`)).toEqual(NOTHING);
    expect(await statusOf(only, `/${full.key}/${path}`)).toEqual(NOTHING);
  }
  expect((await stage.serve('--read-only', '--port', '0')).key).toBe(only.key); // a bookmark works
});

test.concurrent('the server proves that it has the key, on its own port alone', async ({ stage, expect }) => {
  const [one, other] = [await stage.serve('--port', '0'), await stage.serve('--port', '0')];
  expect(other.key).toBe(one.key);
  const nonce = '0123456789abcdef'.repeat(2);
  const proof = createHmac('sha256', one.key).update(`pm web ${one.port} ${nonce}`).digest('hex');
  expect(await statusOf(one, `/proof/${nonce}`)).toEqual({ status: 200, text: proof });
  expect((await statusOf(other, `/proof/${nonce}`)).text).not.toBe(proof);
  // A relay names the port that it has, not the one that it asks.
  expect(await statusOf(other, `/proof/${nonce}`, { headers: { host: `127.0.0.1:${one.port}` } })).toEqual(NOTHING);
  for (const wrong of ['', 'x', nonce.slice(1), `${nonce}0`, `${nonce}?n=1`, `${nonce}/`])
    expect(await statusOf(one, `/proof/${wrong}`), wrong).toEqual(NOTHING);
  expect(await statusOf(one, `/proof/${nonce}`, { method: 'POST' })).toEqual(NOTHING);
  expect(await statusOf(one, `/proof/${nonce}`, { headers: { origin: 'https://evil.example' } })).toEqual(NOTHING);
  expect(await statusOf(one, `/proof/${nonce}`, { headers: { 'sec-fetch-site': 'cross-site' } })).toEqual(NOTHING);
});
