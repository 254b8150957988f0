import { connect, createServer, type Socket } from 'node:net';

/**
 * What becomes of an order on its way to a server, and of everything after it on the same connection.
 * - `no-answer`: the server gets it, the client gets no answer
 * - `no-order`: it is lost, and nothing says so
 * - `cut`: it is lost, and the connection ends
 * - `cut-after`: the server gets it, and the connection ends
 * - `late`: it arrives when `deliver` is called, also if the client has gone
 */
export const FATES = ['no-answer', 'no-order', 'cut', 'cut-after', 'late'] as const;
export type Fate = (typeof FATES)[number];

/** A TCP proxy in front of a server. */
export interface EngineProxy {
  readonly url: string;
  /** Decides what becomes of the first order that has this text. Everything before and all other connections pass. */
  readonly arm: (text: string, fate: Fate) => void;
  /** Whether that order has come. */
  readonly isStruck: () => boolean;
  /** Delivers what is late. */
  readonly deliver: () => void;
  readonly close: () => void;
}

/** @param url of the server */
export async function openProxy(url: string): Promise<EngineProxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const late: (() => void)[] = [];
  let armed: { readonly text: string; readonly fate: Fate } | undefined;
  let isStruck = false;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    let fate: Fate | undefined;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    near.on('close', () => {
      if (fate !== 'late') far.destroy();
    });
    far.on('close', () => near.destroy());
    far.on('data', (bytes) => {
      if (fate === undefined) near.write(bytes);
    });
    near.on('data', (bytes) => {
      if (fate === undefined && armed !== undefined && bytes.includes(armed.text)) {
        fate = armed.fate;
        armed = undefined;
        isStruck = true;
        if (fate === 'late') late.push(() => far.write(bytes));
        if (fate === 'no-answer') far.write(bytes);
        if (fate === 'cut') near.destroy();
        if (fate === 'cut-after') far.write(bytes, () => near.destroy());
      } else if (fate === undefined) far.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = new URL(url);
  own.port = String(Object(server.address()).port);
  return {
    url: own.href,
    arm: (text, fate) => {
      armed = { text, fate };
      isStruck = false;
    },
    isStruck: () => isStruck,
    deliver: () => {
      for (const one of late.splice(0)) one();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
