import type { IncomingMessage } from 'node:http';
import type { Facts } from '../message/facts.ts';
import { signedHeaders } from '../message/sign.ts';
import { webhookBody } from '../message/webhook-body.ts';
import { codeOf, type DeliveryResult, failed } from './delivery-result.ts';

/** How long a receiver may take to answer, ms. */
const ANSWER_MS = 15_000;
/** So much of an answer is read politely, in bytes. Nothing of it is used. */
const MOST_READ = 65_536;

export interface WebhookOptions {
  readonly url: string;
  readonly secret?: string | undefined;
  readonly signal: AbortSignal;
  /** Name and version of the program. */
  readonly userAgent: string;
  readonly timeoutMs?: number;
}

/**
 * One POST of the facts as JSON. Each 2xx is a delivery. No redirect is followed: what is signed for one receiver is sent to no other.
 * With node:http and not fetch, which needs WebAssembly: the resident monitor runs without it.
 */
export async function postWebhook(facts: Facts, options: WebhookOptions): Promise<DeliveryResult> {
  const { url, secret, signal, userAgent, timeoutMs = ANSWER_MS } = options;
  const address = addressOf(url);
  if (address === undefined) return failed('its address is not a URL of http or https', true);
  const body = webhookBody(facts);
  const { request } = process.getBuiltinModule(address.protocol === 'https:' ? 'node:https' : 'node:http');
  const late = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve) => {
    const fail = (error: unknown): void => {
      if (signal.aborted) resolve(failed('it was interrupted'));
      else resolve(failed(late.aborted ? `no answer within ${timeoutMs / 1000} s` : `no answer (${codeOf(error)})`));
    };
    try {
      const post = request(address, {
        method: 'POST',
        agent: false,
        signal: AbortSignal.any([signal, late]),
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': userAgent,
          ...signedHeaders(facts.id, Date.now(), body, secret),
        },
      });
      post.once('response', (response) => {
        resolve(resultOf(response, Date.now()));
        drop(response);
      });
      post.on('error', fail);
      post.once('close', () => fail(new Error('closed'))); // all there is after an answer such as 101
      post.end(body);
    } catch (error) {
      fail(error);
    }
  });
}

/** The address, or undefined if it is none that can be posted to. */
export function addressOf(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url : undefined;
}

function resultOf({ statusCode = 0, headers }: IncomingMessage, now: number): DeliveryResult {
  if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered' };
  if (statusCode === 410) return failed('the receiver answered 410 (gone)', true);
  const why = `the receiver answered ${statusCode}`;
  if (statusCode >= 300 && statusCode < 400) return failed(`${why}: redirects are not followed`);
  const retryAfterMs = retryAfterOf(headers['retry-after'], now);
  return { kind: 'failed', why, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** `Retry-After` in seconds or as a date. */
function retryAfterOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

/** Reads a short answer to its end, so that its receiver sees no reset. An endless one is cut off. */
function drop(response: IncomingMessage): void {
  let bytes = 0;
  response.on('error', () => {});
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MOST_READ) response.destroy();
  });
}
