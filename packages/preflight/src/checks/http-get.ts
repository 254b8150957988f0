import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { formatDuration } from '@pm/protocol/text';

/** The answer of a server, or why there was none. */
export type HttpAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly statusText: string;
      readonly headers: IncomingHttpHeaders;
      /** The first 64 KiB if `wantsBody`, else empty. */
      readonly body: string;
      /** The target of a redirect that was not followed. */
      readonly location?: string;
      /** The URLs of the redirects that were followed. */
      readonly redirects: readonly string[];
    }
  | { readonly kind: 'failed'; readonly why: string };

export interface HttpGetOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly follow: boolean;
  readonly wantsBody: boolean;
  /** For everything together: connection, redirects, body. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const MOST_REDIRECTS = 5;
const MOST_BODY_BYTES = 65_536;

/** Sends a GET directly, without a proxy, a cache or a kept connection. Never rejects. */
export async function httpGet(url: string, { signal, timeoutMs, ...options }: HttpGetOptions): Promise<HttpAnswer> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  signal.addEventListener('abort', end, { once: true });
  const timer = setTimeout(end, timeoutMs);
  const stage: Stage = { now: 'connect' };
  try {
    return await followRedirects(new URL(url), options, stage, ending.signal);
  } catch (error) {
    return {
      kind: 'failed',
      why: ending.signal.aborted ? LATE[stage.now](formatDuration(timeoutMs)) : networkErrorText(error),
    };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    ending.abort();
  }
}

/** How far the request came. A server that accepts connections and never answers is a different fault than no server. */
interface Stage {
  now: keyof typeof LATE;
}
const LATE = {
  connect: (time: string) => `no connection within ${time}`,
  answer: (time: string) => `accepts connections, but did not answer within ${time}`,
  body: (time: string) => `started to answer, but did not finish the body within ${time}`,
};

async function followRedirects(
  start: URL,
  { headers, follow, wantsBody }: Omit<HttpGetOptions, 'signal' | 'timeoutMs'>,
  stage: Stage,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const redirects: string[] = [];
  let url = start;
  for (;;) {
    const sent = url.origin === start.origin ? headers : {}; // they may contain a token
    const message = await sendRequest(url, sent, stage, signal);
    const { statusCode: status = 0, statusMessage: statusText = '' } = message;
    const location = status >= 300 && status < 400 ? message.headers.location : undefined;
    if (location === undefined || !follow) {
      const body = wantsBody ? await bodyOf(message, stage) : '';
      message.destroy();
      const leads = location === undefined ? {} : { location };
      return { kind: 'answered', status, statusText, headers: message.headers, body, redirects, ...leads };
    }
    message.destroy();
    url = new URL(location, url);
    redirects.push(url.href);
    if (!/^https?:$/.test(url.protocol)) return { kind: 'failed', why: `redirects to ${url.href}, which is not HTTP` };
    if (redirects.length > MOST_REDIRECTS)
      return { kind: 'failed', why: `redirects more than ${MOST_REDIRECTS} times, last to ${url.href}` };
  }
}

/** node:http and node:https are each loaded only if a URL needs it. */
async function sendRequest(
  url: URL,
  headers: Readonly<Record<string, string>>,
  stage: Stage,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  stage.now = 'connect';
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      agent: false,
      headers: { 'user-agent': 'pm-preflight', accept: '*/*', ...headers },
      signal,
    });
    outgoing.on('socket', (socket) =>
      socket.once('connect', () => {
        stage.now = 'answer';
      }),
    );
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
    outgoing.end();
  });
}

async function bodyOf(message: IncomingMessage, stage: Stage): Promise<string> {
  stage.now = 'body';
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MOST_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8', 0, MOST_BODY_BYTES);
}

const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused: nothing is listening there',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ECONNRESET: 'closed the connection without an answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

/** The reason of a network error in words, with its code. If several addresses were tried, that of the first. */
export function networkErrorText(error: unknown): string {
  const { errors: [first] = [] } = Object(error) as { errors?: unknown[] };
  const { code, message = '' } = Object(first ?? error) as { code?: string; message?: string };
  if (code === undefined) return message;
  if (code.startsWith('HPE_')) return `answers, but not with HTTP (${code})`;
  if (code === 'EPROTO') return 'does not speak TLS (EPROTO)';
  return `${WHY[code] ?? message.split('\n')[0]} (${code})`;
}
