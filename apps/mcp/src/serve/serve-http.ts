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
import { type Shared, serverFor } from './server.ts';
import { hasToken, tokenIn } from './token.ts';

/** A call is a few hundred bytes; a command line may be long. */
const BODY_BYTES = 1_048_576;

/**
 * The same server on 127.0.0.1, for hosts that cannot start a program: only for a request that has the token, which only this user can
 * read, and never for a page of a browser. Everything is in the request: there are no sessions.
 * @param tokenFile made if it is not there
 * @returns the server, listening, and its address
 */
export async function serveHttp(
  port: number,
  tokenFile: string,
  shared: Omit<Shared, 'after'>,
): Promise<{ readonly server: Server; readonly url: string }> {
  const token = tokenIn(tokenFile);
  // Nobody tells us when a response has been read: it counts as told once it is made.
  const own: Shared = { ...shared, after: (_id, _signal, work) => void setImmediate(work) };
  const handler = createMcpHandler(({ era }) => serverFor(era, own), { maxRequestBodySize: BODY_BYTES });
  const server = createServer((asked, answered) => {
    answer(asked, answered, token, handler.fetch).catch(() => answered.destroy());
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
