import { once } from 'node:events';
import { createServer } from 'node:net';
import { animal } from './stage.ts';

/** A port that was free a moment ago. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** The command of a real server. `zoo/serves.mjs` says what the words mean. */
export function serves(host: string, port: number, ...words: readonly string[]): string[] {
  return [process.execPath, animal('serves.mjs'), host, String(port), ...words];
}
