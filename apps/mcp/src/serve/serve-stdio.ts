import type { Writable } from 'node:stream';
import { StdioServerTransport, serveStdio as serveTransport } from '@modelcontextprotocol/server/stdio';
import { openDeliveries } from './deliveries.ts';
import { type Shared, serverFor } from './server.ts';

/** A start that is on its way gets this long to spawn its wrapper; then we are gone. */
const LEAVE_WITHIN_MS = 500;

/** Serves one client over stdio until it has gone. Runs stay: they are no children of this process's life. */
export function serveStdio(
  world: NodeJS.Process,
  stdout: Writable,
  shared: Omit<Shared, 'after'>,
  tell: (error: unknown) => void,
): void {
  const deliveries = openDeliveries();
  const transport = deliveries.watch(new StdioServerTransport(world.stdin, stdout));
  const own: Shared = { ...shared, after: deliveries.after };
  const handle = serveTransport(({ era }) => serverFor(era, own), { transport, onerror: tell });

  let isLeaving = false;
  const leave = (): void => {
    if (isLeaving) return;
    isLeaving = true;
    const gone = (): void => world.exit(0);
    setTimeout(gone, LEAVE_WITHIN_MS);
    void handle.close().finally(() => Promise.allSettled(shared.calls).then(gone));
  };
  for (const event of ['end', 'close', 'error'] as const) world.stdin.on(event, leave);
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) world.on(name, leave);
  for (const stream of [stdout, world.stdout]) stream.on('error', leave);
}
