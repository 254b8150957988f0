import type { ServerResponse } from 'node:http';
import type { Asset } from './assets.ts';

/** Nothing but the page itself is loaded, run or asked, and no other page may show it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Answers as if nothing were here. What is left of the request is not read. */
export function replyNothing(response: ServerResponse): void {
  response.writeHead(404, { 'Content-Length': 0, Connection: 'close' }).end();
}

/** Answers with a file of the page. */
export function replyAsset(response: ServerResponse, { type, bytes }: Asset): void {
  response.writeHead(200, { ...HEADERS, 'Content-Type': type, 'Content-Length': bytes.length }).end(bytes);
}

/** Answers with a value. */
export function replyJson(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  const type = 'application/json; charset=utf-8';
  response.writeHead(status, { ...HEADERS, 'Content-Type': type, 'Content-Length': bytes.length }).end(bytes);
}

/** Answers with plain text. */
export function replyText(response: ServerResponse, text: string): void {
  replyAsset(response, { type: 'text/plain; charset=utf-8', bytes: Buffer.from(text) });
}

/** A wrong call, or one that could not be answered. `next`: what to do. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly next?: string | undefined;
}

/** Answers that a call was wrong or could not be carried out. @param status that of HTTP */
export function replyFault(response: ServerResponse, status: number, fault: Fault): void {
  replyJson(response, status, { fault });
}

/** Redirects to the address of the page. */
export function replyMoved(response: ServerResponse, path: string): void {
  response.writeHead(308, { ...HEADERS, Location: path, 'Content-Length': 0 }).end();
}

/** How soon a page that has lost its stream comes again, ms. */
const RETRY_MS = 1_000;

/** Begins a stream of server-sent events. */
export function openStream(response: ServerResponse): void {
  response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream; charset=utf-8' });
  response.write(`retry: ${RETRY_MS}\n\n`);
}
