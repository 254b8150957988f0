import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy in front of a server, over which everything arrives late, as from another continent. */
export interface SlowProxy {
  readonly url: string;
  readonly close: () => void;
}

/**
 * @param url of the server
 * @param lateMs how long everything takes, in each direction
 */
export async function openSlowProxy(url: string, lateMs: number): Promise<SlowProxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.on('data', (bytes) => void setTimeout(() => to.writable && to.write(bytes), lateMs));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = new URL(url);
  own.port = String(Object(server.address()).port);
  return {
    url: own.href,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
