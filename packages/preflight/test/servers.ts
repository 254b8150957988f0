import { once } from 'node:events';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';

/** A server of one test on a port of its own. */
export interface Served {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/** Serves HTTP. */
export function serve(listener: RequestListener): Promise<Served> {
  return listening(createHttp(listener));
}

/** Accepts connections and does with each what it is told: by default nothing, for ever. */
export function accept(greet: (socket: Socket) => void = () => {}): Promise<Served> {
  return listening(createTcp(greet));
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { port, close } = await accept();
  await close();
  return port;
}

export async function listening(server: Server, host = '127.0.0.1'): Promise<Served> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
