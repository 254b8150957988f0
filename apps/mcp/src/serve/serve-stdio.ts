import type { Writable } from 'node:stream';
import { StdioServerTransport, serveStdio as serveTransport } from '@modelcontextprotocol/server/stdio';
import type { RequestId } from './opening.ts';
import { trackResponses } from './response-tracker.ts';
import { type Shared, serverFor } from './server.ts';

/** How long the server waits for a start to spawn its wrapper before it exits, ms. */
const LEAVE_WITHIN_MS = 500;

/**
 * Serves one client over stdio until it disconnects. Runs go on, because they do not depend on this process.
 * @param answered the id of a request that was answered already; the SDK gets it all the same, because it opens the connection
 */
export function serveStdio(
  serverProcess: NodeJS.Process,
  stdout: Writable,
  shared: Omit<Shared, 'after'>,
  logError: (error: unknown) => void,
  answered?: RequestId,
): void {
  let isLeaving = false;
  const responses = trackResponses(stdout, () => !isLeaving);
  const transport = withoutResponse(answered, responses.watch(new StdioServerTransport(serverProcess.stdin, stdout)));
  const own: Shared = { ...shared, takesFolder: true, after: responses.after };
  const handle = serveTransport(({ era }) => serverFor(era, own), { transport, onerror: logError });

  const leave = (): void => {
    if (isLeaving) return;
    isLeaving = true;
    const gone = (): void => serverProcess.exit(0);
    setTimeout(gone, LEAVE_WITHIN_MS);
    void handle.close().finally(() => Promise.allSettled(shared.calls).then(gone));
  };
  for (const event of ['end', 'close', 'error'] as const) serverProcess.stdin.on(event, leave);
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) serverProcess.on(name, leave);
  for (const stream of [stdout, serverProcess.stdout]) stream.on('error', leave);
  serverProcess.stdin.resume(); // it was paused after the first line
}

/** Drops the first response to a request. */
function withoutResponse(id: RequestId | undefined, transport: StdioServerTransport): StdioServerTransport {
  if (id === undefined) return transport;
  const send = transport.send.bind(transport);
  transport.send = async (message) => {
    if ('method' in message || message.id !== id) return send(message);
    transport.send = send;
  };
  return transport;
}
