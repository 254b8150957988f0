import { once } from 'node:events';
import { createServer } from 'node:http';
import * as anthropic from './anthropic.mjs';
import * as chat from './chat.mjs';
import * as gemini from './gemini.mjs';
import * as responses from './responses.mjs';

const DIALECTS = [anthropic, responses, gemini, chat];

/**
 * A model on loopback that answers as its `script` says, a function from a request to a turn. A turn is `{ say }`, `{ call, input }` for a
 * tool, or `{ calls }`; without one it says "Done.".
 * Requests that are not part of the conversation (titles, quota, counted tokens) get a short answer and use no turn.
 */
export async function serveModel() {
  const model = { script: () => undefined, requests: [], other: [], errors: [], url: '', close };
  const server = createServer((request, response) => {
    answer(model, request, response).catch((error) => {
      model.errors.push(String(error.stack));
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  model.url = `http://127.0.0.1:${server.address().port}`;
  return model;

  async function close() {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}

async function answer(model, request, response) {
  const text = await bodyOf(request);
  const { pathname } = new URL(request.url, 'http://loopback');
  const dialect = DIALECTS.find(({ serves }) => serves(request.method, pathname));
  const body = text === '' ? {} : JSON.parse(text);
  if (dialect === undefined || !dialect.isTurn(pathname, body)) {
    model.other.push(`${request.method} ${request.url}`);
    if (dialect === undefined) response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
    else dialect.writeAside(response, pathname, body);
    return;
  }
  const { messages, tools } = dialect.read(body);
  const seen = {
    n: model.requests.length,
    at: Date.now(),
    bytes: Buffer.byteLength(text),
    messages,
    messageBytes: Buffer.byteLength(JSON.stringify(messages)),
    tools: dialect.toolNames(tools),
    toolBytes: Buffer.byteLength(JSON.stringify(tools)),
    heard: dialect.heard(messages),
    results: dialect.results(messages),
    body,
  };
  model.requests.push(seen);
  const turn = model.script(seen) ?? { say: 'Done.' };
  dialect.write(response, { id: `turn_${seen.n}`, say: turn.say, calls: callsOf(turn) }, body, pathname);
  seen.turn = turn;
}

/** A turn with `calls`, or with one `call`, as a list of `{ name, input }`. A turn that says and calls nothing would make a host ask again. */
function callsOf({ say, call, namespace, input, calls = [] }) {
  const all = call === undefined ? calls : [{ name: call, namespace, input }];
  if (say === undefined && all.length === 0) throw new Error('the script has made a turn without words and calls');
  return all;
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (request.headers['content-encoding'] === undefined) return bytes.toString();
  const { gunzipSync, zstdDecompressSync } = await import('node:zlib');
  return (request.headers['content-encoding'] === 'zstd' ? zstdDecompressSync : gunzipSync)(bytes).toString();
}
