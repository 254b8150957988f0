// An agent starts a server, tests it and stops it: with three calls, and with one.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pm = fileURLToPath(new URL('../../apps/cli/dist/main.cjs', import.meta.url));
const machine = mkdtempSync(join(tmpdir(), 'pm-story-'));
const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PM_'));
const port = await freePort();
const url = `http://127.0.0.1:${port}/`;
for (const name of ['server.mjs', 'e2e.mjs'])
  cpSync(fileURLToPath(new URL(name, import.meta.url)), join(machine, name));
const steps = {
  web: { command: ['node', 'server.mjs'], port, ready: [url] },
  e2e: { command: ['node', 'e2e.mjs', url], needs: ['web'] },
};
writeFileSync(join(machine, 'package.json'), '{}');
writeFileSync(join(machine, 'pm.config.json'), JSON.stringify({ steps }));

console.log('1. Start, test, stop: three calls.');
said('pm ensure web');
said(`node e2e.mjs ${url}`);
said('pm down');

console.log('2. Two agents need the same server. There is one, and who comes second is told so at once.');
said('pm ensure web', { session: 'one' });
said('pm ensure web', { session: 'two' });
said('pm down', { session: 'one' });

console.log('3. The same with one call. pm.config.json says that e2e needs web.');
said('pm run e2e');

console.log('4. The server fails. The test does not begin, and the answer says why.');
said('pm run e2e', { database: 'down' });

console.log('5. What is left?');
said('pm down');
said('pm recover');
await rm(machine, { recursive: true, maxRetries: 50 }); // a wrapper may still be writing

/** Makes one call as an agent does, and prints everything that it reads. */
function said(call, { session = 'one', database = 'up' } = {}) {
  const [name, ...args] = call.split(' ');
  const env = {
    ...Object.fromEntries(own),
    PM_SESSION: session,
    XDG_STATE_HOME: join(machine, 'state'),
    DATABASE: database,
  };
  const words = name === 'pm' ? [pm, ...args] : args;
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { cwd: machine, env, encoding: 'utf8' });
  const lines = `${stdout}${stderr}`.trim().split('\n');
  console.log([`   $ ${call}`, ...lines.map((line) => `   ${short(line)}`), `   exit ${status}`].join('\n'));
}

function short(line) {
  return line.replace(/next: (?:node )?\S*main\.cjs /, 'next: pm ').replaceAll(machine, '~');
}

/** A port that nobody uses, below those that the system gives to whoever asks for any. */
async function freePort() {
  for (;;) {
    const tried = 10_000 + Math.floor(Math.random() * 10_000);
    const isFree = await new Promise((resolve) => {
      const server = createServer()
        .once('error', () => resolve(false))
        .listen(tried, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return tried;
  }
}
