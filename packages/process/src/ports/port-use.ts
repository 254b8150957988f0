import type { Server } from 'node:net';

/**
 * Why this process cannot listen on a port: it listens there and stops at once.
 * @param port 1 to 65535
 * @param host an address; `undefined` means all addresses of IPv4 and IPv6
 * @param signal aborting it ends the trial
 * @returns the code of the error, such as `EADDRINUSE`; `undefined` if it can listen
 */
export async function whyNotListening(port: number, host?: string, signal?: AbortSignal): Promise<string | undefined> {
  const { createServer } = await import('node:net');
  const server: Server = createServer((socket) => socket.destroy());
  const close = (): void => void server.close();
  return new Promise<string | undefined>((resolve) => {
    signal?.addEventListener('abort', close, { once: true });
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, exclusive: true, ...(host !== undefined && { host }) }, () =>
      server.close(() => resolve(undefined)),
    );
  }).finally(() => signal?.removeEventListener('abort', close));
}

/** What a server may listen on. On Linux the last one conflicts with all others. Elsewhere it does not, so each is tried. */
const ADDRESSES: readonly (string | undefined)[] = ['127.0.0.1', '::1', '0.0.0.0', undefined];

/** These machines have no such address, so nobody can listen on it. */
const NO_SUCH_ADDRESS: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/**
 * Why a server cannot listen on a port: on 127.0.0.1, on ::1, or on all addresses. It may be otherwise one instant later.
 * @param port 1 to 65535
 * @returns the code of the error, such as `EADDRINUSE` or `EACCES`; `undefined` if the port is free
 */
export async function whyPortTaken(port: number): Promise<string | undefined> {
  for (const address of ADDRESSES) {
    const code = await whyNotListening(port, address);
    if (code !== undefined && !NO_SUCH_ADDRESS.has(code)) return code;
  }
  return undefined;
}
