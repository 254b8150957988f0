import { listenersOn, nameListeners, whyNotListening } from '@pm/process';
import * as z from 'zod/mini';
import type { Check } from '../check.ts';

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
    const code = await whyNotListening(number, host, signal);
    switch (code) {
      case undefined:
        return { state: 'pass', evidence: `${at} is free` };
      case 'EADDRINUSE':
        return {
          state: 'fail',
          evidence: `${at} is in use by ${nameListeners(listenersOn(number))}`,
        };
      case 'EACCES':
        return { state: 'fail', evidence: `you may not listen on ${at} (EACCES)` };
      default:
        return { state: 'inconclusive', evidence: `${at} cannot be tested (${code})` };
    }
  },
};
