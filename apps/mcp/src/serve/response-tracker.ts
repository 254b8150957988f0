import type { Writable } from 'node:stream';
import type { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import type { RequestId } from './opening.ts';

// Why: contributing/decisions/2026-11-23-who-is-told.md
/**
 * Runs work after the response of a request was written, because a result that the client did not get must not count as read.
 * The work is dropped if the request is cancelled or answered with an error, or if the client has gone.
 */
export interface ResponseTracker {
  /** Registers work to run after the response of this request. */
  readonly after: (id: RequestId, signal: AbortSignal, work: () => void) => void;
  /** Watches the messages that this transport sends. */
  readonly watch: (transport: StdioServerTransport) => StdioServerTransport;
}

/**
 * @param stdout where the transport writes
 * @param isConnected whether the client still has its end of our input open
 */
export function trackResponses(stdout: Writable, isConnected: () => boolean): ResponseTracker {
  const works = new Map<RequestId, (() => void)[]>();
  return {
    after(id, signal, work) {
      if (signal.aborted) return;
      const known = works.get(id);
      if (known !== undefined) known.push(work);
      else {
        works.set(id, [work]);
        signal.addEventListener('abort', () => works.delete(id), { once: true });
      }
    },
    watch(transport) {
      const send = transport.send.bind(transport);
      transport.send = async (message) => {
        await send(message);
        if (!('id' in message) || message.id === undefined || 'method' in message) return;
        const due = works.get(message.id) ?? [];
        works.delete(message.id);
        if (due.length === 0 || !('result' in message)) return;
        // Called after the response was written. An error says that nobody has the other end of the pipe.
        stdout.write('', (error) => {
          if ((error === null || error === undefined) && isConnected()) for (const work of due) work();
        });
      };
      return transport;
    },
  };
}
