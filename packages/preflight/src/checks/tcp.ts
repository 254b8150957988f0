import { Duration } from '@pm/protocol';
import { formatDuration } from '@pm/protocol/text';
import * as z from 'zod/mini';
import type { Check } from '../check.ts';
import { networkErrorText } from './http-get.ts';

const Options = z.strictObject({
  host: z.string().check(z.minLength(1)),
  port: z.int().check(z.gte(1), z.lte(65_535)),
  timeout: z.optional(Duration),
});
type Options = z.infer<typeof Options>;

const TIMEOUT_MS = 3_000;

/** Something accepts connections. It may be the wrong service, or a tunnel with nothing behind it; `http` can tell. */
export const tcp: Check<Options> = {
  id: 'tcp',
  title: 'the address accepts connections',
  options: Options,
  fromText: (text) => {
    const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(text) ?? [];
    return { host: host === '' ? '127.0.0.1' : host, ...(port !== undefined && { port: Number(port) }) };
  },
  async inspect({ host, port, timeout: timeoutMs = TIMEOUT_MS }, _place, signal) {
    const { connect } = await import('node:net');
    const at = `${host}:${port}`;
    const socket = connect({ host, port });
    const end = (): void => void socket.destroy(new Error('ended'));
    signal.addEventListener('abort', end, { once: true });
    try {
      return await new Promise((resolve) => {
        socket.setTimeout(timeoutMs, () =>
          resolve({ state: 'fail', evidence: `${at}: no connection within ${formatDuration(timeoutMs)}` }),
        );
        socket.once('connect', () => resolve({ state: 'pass', evidence: `${at} accepts connections` }));
        socket.on('error', (error) => resolve({ state: 'fail', evidence: `${at}: ${networkErrorText(error)}` }));
      });
    } finally {
      signal.removeEventListener('abort', end);
      socket.destroy();
    }
  },
};
