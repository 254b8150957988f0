import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import {
  createMcpHandler,
  hostHeaderValidationResponse,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  originValidationResponse,
} from '@modelcontextprotocol/server';
import { ownSecret } from '@pm/operations';
import { type Shared, serverFor } from './server.ts';
import { hasToken } from './token.ts';

/** The largest request body. A call has a few hundred bytes, but a command line may be long. */
const BODY_BYTES = 1_048_576;

/**
 * Serves HTTP on 127.0.0.1, for hosts that cannot start a program. A request needs the token, which only this user can read, and must not
 * come from a web page of another origin. There are no sessions.
 * @param tokenFile created if it does not exist
 * @returns the listening server and its address
 */
export async function serveHttp(
  port: number,
  tokenFile: string,
  shared: Omit<Shared, 'after'>,
): Promise<{ readonly server: Server; readonly url: string }> {
  const token = (await ownSecret())(tokenFile);
  // HTTP does not report when a response was read, so a result counts as read when the connection has taken the whole response.
  const afterwards = new AsyncLocalStorage<(() => void)[]>();
  const own: Shared = { ...shared, after: (_id, _signal, work) => void afterwards.getStore()?.push(work) };
  const handler = createMcpHandler(({ era }) => serverFor(era, own), { maxRequestBodySize: BODY_BYTES });
  const server = createServer((asked, answered) => {
    const works: (() => void)[] = [];
    const fetch = (request: Request): Promise<Response> => afterwards.run(works, () => handler.fetch(request));
    answer(asked, answered, token, fetch)
      .then(() => works.forEach((work) => void work()))
      .catch(() => answered.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp` };
}

async function answer(
  asked: IncomingMessage,
  answered: ServerResponse,
  token: string,
  fetch: (request: Request) => Promise<Response>,
): Promise<void> {
  const gone = new AbortController();
  answered.once('close', () => gone.abort());
  const request = requestOf(asked, gone.signal);
  const refused =
    hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
    originValidationResponse(request, localhostAllowedOrigins()) ??
    (new URL(request.url).pathname === '/mcp' ? undefined : new Response('', { status: 404 })) ??
    (hasToken(request, token)
      ? undefined
      : new Response('', { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } }));
  const { status, headers, body } = refused ?? (await fetch(request));
  answered.writeHead(status, Object.fromEntries(headers));
  if (body === null) answered.end();
  else await pipeline(Readable.fromWeb(body as ReadableStream), answered);
}

function requestOf(asked: IncomingMessage, signal: AbortSignal): Request {
  const { url = '/', method = 'GET', headers } = asked;
  const entries = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(new URL(url, `http://${headers.host ?? '127.0.0.1'}`), {
    method,
    headers: entries,
    signal,
    ...(hasBody && { body: Readable.toWeb(asked), duplex: 'half' }),
  } as ConstructorParameters<typeof Request>[1]);
}
