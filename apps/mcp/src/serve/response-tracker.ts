import type { StdioServerTransport } from '@modelcontextprotocol/server/stdio';

type RequestId = string | number;

/**
 * Runs work after the response of a request was written, because a result that the client did not get must not count as read.
 * The work is dropped if the request is cancelled or answered with an error.
 */
export interface ResponseTracker {
  /** Registers work to run after the response of this request. */
  readonly after: (id: RequestId, signal: AbortSignal, work: () => void) => void;
  /** Watches the messages that this transport sends. */
  readonly watch: (transport: StdioServerTransport) => StdioServerTransport;
}

export function trackResponses(): ResponseTracker {
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
        if ('result' in message) for (const work of due) work();
      };
      return transport;
    },
  };
}
