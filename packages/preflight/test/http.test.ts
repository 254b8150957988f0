import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer as createHttps } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { accept, freePort, listening, type Served, serve } from './servers.ts';
import { test as base } from './stage.ts';

const test = base.extend<{ open: (serving: Promise<Served>) => Promise<Served> }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
  open: async ({}, use) => {
    const opened: Served[] = [];
    await use(async (serving) => {
      const served = await serving;
      opened.push(served);
      return served;
    });
    await Promise.all(opened.map((served) => served.close()));
  },
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe('http', () => {
  test('an answer of 2xx passes, and its status is shown', async ({ stage, open }) => {
    const { url } = await open(serve((_, response) => response.end('1\n')));
    expect(await stage.ask(`http:${url}?query=SELECT+1`)).toMatchObject({
      check: 'http',
      state: 'pass',
      evidence: expect.stringMatching(/\/\?query=SELECT\+1: 200 OK in \d+(\.\d+)?m?s$/),
    });
  });

  test('any other status fails; one that is asked for passes', async ({ stage, open }) => {
    const { url } = await open(serve((_, response) => response.writeHead(503).end()));
    expect(await stage.ask(`http:${url}`)).toMatchObject({
      state: 'fail',
      evidence: `${url}: 503 Service Unavailable, not 2xx`,
    });
    expect(await stage.ask({ check: 'http', url, status: [401, 503] })).toMatchObject({ state: 'pass' });
    expect(await stage.ask({ check: 'http', url, status: 204 })).toMatchObject({
      evidence: expect.stringContaining('not 204'),
    });
  });

  test('a stale tunnel that answers 200 from the wrong host does not pass', async ({ stage, open }) => {
    const { url } = await open(
      serve((_, response) => response.setHeader('X-ClickHouse-Server-Display-Name', 'stage-db').end('stage-db\n')),
    );
    const expectations = [
      [{ body: 'prod-db' }, 'but its body does not contain "prod-db": "stage-db"'],
      [{ matches: '^prod' }, 'but its body does not match /^prod/: "stage-db"'],
      [{ headers: { 'X-ClickHouse-Server-Display-Name': 'prod' } }, 'is "stage-db", without "prod"'],
      [{ headers: { 'X-Other': 'x' } }, 'but without the header X-Other'],
    ] as const;
    for (const [expectation, said] of expectations)
      expect(await stage.ask({ check: 'http', url, ...expectation })).toMatchObject({
        state: 'fail',
        evidence: expect.stringContaining(said),
      });
    expect(
      await stage.ask({
        check: 'http',
        url,
        matches: '^stage',
        headers: { 'x-clickhouse-server-display-name': 'stage' },
      }),
    ).toMatchObject({ state: 'pass' });
  });

  test('a redirect is no answer, unless it is to be followed', async ({ stage, open }) => {
    const { url } = await open(
      serve((request, response) =>
        request.url === '/end' ? response.end('there') : response.writeHead(302, { location: '/end' }).end(),
      ),
    );
    expect(await stage.ask(`http:${url}`)).toMatchObject({
      state: 'fail',
      evidence: `${url}: 302 Found, not 2xx (redirects to /end, which was not followed)`,
    });
    expect(await stage.ask({ check: 'http', url, follow: true, body: 'there' })).toMatchObject({
      state: 'pass',
      evidence: expect.stringContaining(`200 OK (after redirects to ${url}end)`),
    });
  });

  test('redirects in a circle come to an end', async ({ stage, open }) => {
    const { url } = await open(serve((_, response) => response.writeHead(301, { location: '/' }).end()));
    expect(await stage.ask({ check: 'http', url, follow: true })).toMatchObject({
      state: 'fail',
      evidence: expect.stringContaining('redirects more than 5 times'),
    });
  });

  test('what is sent for one host goes to no other', async ({ stage, open }) => {
    const seen: (string | undefined)[] = [];
    const other = await open(
      serve((request, response) => response.end(String(seen.push(request.headers.authorization)))),
    );
    const { url } = await open(
      serve((request, response) => {
        seen.push(request.headers.authorization);
        response.writeHead(307, { location: other.url }).end();
      }),
    );
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is our own form
    const send = { authorization: 'Bearer ${TOKEN}' };
    await stage.ask({ check: 'http', url, follow: true, send }, { TOKEN: 'abcdefgh' });
    expect(seen).toEqual(['Bearer abcdefgh', undefined]);
  });

  test('a server that accepts and never answers fails in time', async ({ stage, open }) => {
    const { url } = await open(accept());
    expect(await stage.ask({ check: 'http', url, timeout: '100ms' })).toMatchObject({
      state: 'fail',
      evidence: `${url}: accepts connections, but did not answer within 100ms`,
    });
  });

  test('one that never ends its answer fails too, if its body is asked for', async ({ stage, open }) => {
    const { url } = await open(serve((_, response) => response.write('on and on')));
    expect(await stage.ask({ check: 'http', url, body: 'end', timeout: '200ms' })).toMatchObject({
      evidence: `${url}: started to answer, but did not finish the body within 200ms`,
    });
    expect(await stage.ask(`http:${url}`)).toMatchObject({ state: 'pass' });
  });

  test('one without an end of its body is read no further than 64 KiB', async ({ stage, open }) => {
    const { url } = await open(
      serve((_, response) => {
        const more = (): void => void (response.destroyed || response.write('x'.repeat(65_536), more));
        more();
      }),
    );
    expect(await stage.ask({ check: 'http', url, body: 'end' })).toMatchObject({
      state: 'fail',
      evidence: expect.stringContaining('does not contain "end"'),
    });
  });

  test('nobody there, no HTTP, a connection cut: each is told apart', async ({ stage, open }) => {
    const nobody = `http://127.0.0.1:${await freePort()}/`;
    const ssh = await open(accept((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')));
    const cut = await open(accept((socket) => socket.destroy()));
    for (const [url, said] of [
      [nobody, 'connection refused: nothing is listening there (ECONNREFUSED)'],
      [ssh.url, 'answers, but not with HTTP (HPE_'],
      [cut.url, '(ECONNRESET)'],
      [ssh.url.replace('http', 'https'), 'does not speak TLS'],
      ['http://no-such-host.invalid/', 'the host name'],
    ] as const)
      expect(await stage.ask(`http:${url}`)).toMatchObject({ state: 'fail', evidence: expect.stringContaining(said) });
  });

  test.skipIf(!hasOpenssl)('a certificate that proves nothing is told as such', async ({ stage, open }) => {
    const [keyFile, certFile] = ['key', 'crt'].map((name) => join(stage.folder, name)) as [string, string];
    const ask = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=127.0.0.1', '-keyout', keyFile];
    execFileSync('openssl', [...ask, '-out', certFile], { stdio: 'ignore' });
    const [key, cert] = [readFileSync(keyFile), readFileSync(certFile)];
    const { url } = await open(listening(createHttps({ key, cert }, (_, response) => response.end())));
    expect(await stage.ask(`http:${url.replace('http', 'https')}`)).toMatchObject({
      state: 'fail',
      evidence: expect.stringContaining('(DEPTH_ZERO_SELF_SIGNED_CERT)'),
    });
  });

  test('secrets are asked with, and not shown', async ({ stage, open }) => {
    let asked: string | undefined;
    const { url } = await open(
      serve((request, response) => {
        asked = request.url;
        response.end(`you sent ${request.url}`);
      }),
    );
    const secret = { DB_SECRET: 'swordfish' };
    const wished = `${url}?password=\${DB_SECRET}`;
    const finding = await stage.ask({ check: 'http', url: wished, body: 'absent' }, secret);
    expect(asked).toBe('/?password=swordfish');
    expect(JSON.stringify(finding)).not.toContain('swordfish');
    expect(await stage.ask({ check: 'http', url: wished })).toMatchObject({
      state: 'fail',
      evidence: expect.stringContaining('DB_SECRET is not set'),
    });
    const inUrl = await stage.ask(`http:${url.replace('//', '//ann:hunter2@')}?token=abc`);
    expect(inUrl.evidence).toContain('//***@127.0.0.1');
    expect(inUrl.evidence).not.toMatch(/hunter2|abc/);
  });
});

describe('tcp', () => {
  test('who accepts passes, whatever is behind', async ({ stage, open }) => {
    const { port } = await open(accept());
    expect(await stage.ask(`tcp:127.0.0.1:${port}`)).toMatchObject({
      state: 'pass',
      evidence: `127.0.0.1:${port} accepts connections`,
    });
    expect(await stage.ask(`tcp::${port}`)).toMatchObject({ state: 'pass' });
  });

  test('a port alone is this machine, by IPv4 or IPv6', async ({ stage }) => {
    for (const [host, at] of [
      ['127.0.0.1', '127.0.0.1'],
      ['::1', '[::1]'],
    ] as const) {
      const { port, close } = await listening(createServer(), host);
      expect(await stage.ask(`tcp:${port}`)).toMatchObject({
        state: 'pass',
        evidence: `${at}:${port} accepts connections`,
      });
      await close();
    }
    const nobody = await freePort();
    expect(await stage.ask(`tcp:${nobody}`)).toMatchObject({
      state: 'fail',
      evidence: expect.stringContaining(`127.0.0.1:${nobody}: connection refused`),
    });
    expect(await stage.ask(`tcp:[::1]:${nobody}`)).toMatchObject({ state: 'fail' });
    await expect(stage.ask('tcp:0')).rejects.toMatchObject({ code: 'usage' });
    await expect(stage.ask('tcp:nowhere')).rejects.toMatchObject({ code: 'usage' });
  });

  test('nobody there fails', async ({ stage }) => {
    expect(await stage.ask(`tcp:127.0.0.1:${await freePort()}`)).toMatchObject({
      state: 'fail',
      evidence: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
