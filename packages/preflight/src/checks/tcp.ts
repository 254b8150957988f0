import { Duration } from '@pm/protocol';
import { formatDuration } from '@pm/protocol/text';
import * as z from 'zod/mini';
import type { Check, CheckResult } from '../check.ts';
import { networkErrorText } from './http-get.ts';

const Options = z.strictObject({
  host: z.optional(z.string().check(z.minLength(1))),
  port: z.int().check(z.gte(1), z.lte(65_535)),
  timeout: z.optional(Duration),
});
type Options = z.infer<typeof Options>;

const TIMEOUT_MS = 3_000;

/**
 * Something accepts connections. It may be the wrong service, or a tunnel with nothing behind it; `http` can tell. Without a host it is
 * this machine, by IPv4 or IPv6: one that accepts is enough, because servers that listen on `localhost` often take only one of them.
 */
export const tcp: Check<Options> = {
  id: 'tcp',
  title: 'the address accepts connections',
  options: Options,
  fromText: (text) => {
    if (/^\d+$/.test(text)) return { port: Number(text) };
    const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(text) ?? [];
    return { host: host === '' ? '127.0.0.1' : (host ?? text), ...(port !== undefined && { port: Number(port) }) };
  },
  async inspect({ host, port, timeout: timeoutMs = TIMEOUT_MS }, _place, signal) {
    if (host !== undefined) return connectTo(host, port, timeoutMs, signal);
    const asked = ['127.0.0.1', '::1'].map((address) => connectTo(address, port, timeoutMs, signal));
    return firstToPass(asked);
  },
};

/** The first pass; if there is none, the result of the first address. */
async function firstToPass(asked: readonly Promise<CheckResult>[]): Promise<CheckResult> {
  const passes = asked.map(async (one) => {
    const result = await one;
    return result.state === 'pass' ? result : Promise.reject(new Error(result.evidence));
  });
  return Promise.any(passes).catch(() => asked[0] ?? Promise.reject(new Error('no address to ask')));
}

async function connectTo(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<CheckResult> {
  const { connect } = await import('node:net');
  const at = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const socket = connect({ host, port });
  const end = (): void => void socket.destroy(new Error('ended'));
  signal.addEventListener('abort', end, { once: true });
  try {
    return await new Promise((resolve) => {
      socket.setTimeout(timeoutMs, () =>
        resolve({ state: 'fail', evidence: `${at}: no connection within ${formatDuration(timeoutMs)}` }),
      );
      socket.once('connect', () => {
        // The kernel may choose the same port for our end. Then the socket is connected to itself, and nobody listens.
        const isSelf = socket.localPort === port && socket.localAddress === socket.remoteAddress;
        resolve(
          isSelf
            ? { state: 'fail', evidence: `${at}: connection refused: nothing is listening there` }
            : { state: 'pass', evidence: `${at} accepts connections` },
        );
      });
      socket.on('error', (error) => resolve({ state: 'fail', evidence: `${at}: ${networkErrorText(error)}` }));
    });
  } finally {
    signal.removeEventListener('abort', end);
    socket.destroy();
  }
}
