// A frontend: a page that shows live runs, and an address that takes every operation. `node examples/live-page/serve.mjs [port]`
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { bounds, operations, transitions } from '../../packages/operations/dist/index.js'; // yours: '@pm/operations'

const PAGE = readFileSync(new URL('page.html', import.meta.url));
const KEY = randomBytes(16).toString('hex'); // whoever knows it may run commands, so it is only in the address

const server = createServer((request, response) => {
  const leaving = new AbortController();
  response.once('close', () => leaving.abort()); // closing the page ends its wait, never a run
  answer(request, response, leaving.signal).catch((error) => {
    if (!leaving.signal.aborted)
      send(response, 400, { fault: { code: error.code ?? 'unexpected', ...messageOf(error) } });
  });
});

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/${KEY}/`);
});

async function answer(request, response, signal) {
  const { method, url, headers } = request;
  const [, key, path = '', name = ''] = url.split('/');
  const { port } = server.address();
  // Refuses requests without the key, and those of other pages and host names.
  if (key !== KEY || headers.host !== `127.0.0.1:${port}`) return send(response, 404, {});
  const context = { cwd: process.cwd(), env: process.env, signal, caller: 'the live page' };
  if (path === 'events') return tell(response, signal);
  if (method === 'GET' || path !== 'ask') return response.setHeader('Content-Type', 'text/html').end(PAGE);
  if (!Object.hasOwn(operations, name)) return send(response, 404, {});

  const { input, run } = await operations[name]();
  const asked = input.safeParse(JSON.parse(await text(request)));
  if (!asked.success) return send(response, 400, { fault: { code: 'usage', ...messageOf(asked.error.issues[0]) } });
  const works = [];
  const within = await (await bounds())(context);
  const told = await run(asked.data, { ...within, answered: (work) => works.push(work) });
  send(response, 200, told);
  await once(response, 'finish'); // an ending counts as told only after it was read
  for (const work of works) work();
}

/** Sends an event for every transition of every run. */
async function tell(response, signal) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
  const watch = await transitions();
  const dir = process.env.PM_DIR ?? join(process.cwd(), '.pm');
  for await (const event of watch(dir, { signal, by: 'the live page' }))
    response.write(`data: ${JSON.stringify(event)}\n\n`);
}

function send(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

function messageOf({ path = [], message }) {
  return { message: [...path, message].join(' ') };
}
