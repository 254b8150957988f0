import * as z from 'zod/mini';
import type { Check } from '../check.ts';
import { holderOf } from './port-holder.ts';

const Options = z.strictObject({
  port: z.int().check(z.gte(1), z.lte(65_535)),
  host: z.optional(z.string().check(z.minLength(1))),
});
type Options = z.infer<typeof Options>;

/** A port is free: this listens on it for a moment. If it is in use, the evidence names the process if that is known. */
export const port: Check<Options> = {
  id: 'port',
  title: 'the port is free',
  options: Options,
  fromText: (text) => {
    const [, host, number] = /^(?:\[?(.*?)\]?:)?(\d+)$/.exec(text) ?? [];
    return { ...(number !== undefined && { port: Number(number) }), ...(host && { host }) };
  },
  async inspect({ port: number, host }, _place, signal) {
    const at = host === undefined ? `port ${number}` : `port ${number} of ${host}`;
    const code = await listenError(number, host, signal);
    switch (code) {
      case undefined:
        return { state: 'pass', evidence: `${at} is free` };
      case 'EADDRINUSE':
        return {
          state: 'fail',
          evidence: `${at} is in use by ${holderOf(number) ?? 'an unknown process'}`,
        };
      case 'EACCES':
        return { state: 'fail', evidence: `you may not listen on ${at} (EACCES)` };
      default:
        return { state: 'inconclusive', evidence: `${at} cannot be tested (${code})` };
    }
  },
};

/** Listens and stops at once. Without a host it listens on all addresses of IPv4 and IPv6, so that any listener conflicts. */
async function listenError(number: number, host: string | undefined, signal: AbortSignal): Promise<string | undefined> {
  const { createServer } = await import('node:net');
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => server.close(), { once: true });
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port: number, exclusive: true, ...(host !== undefined && { host }) }, () =>
      server.close(() => resolve(undefined)),
    );
  });
}
