import type { StdioServerTransport } from '@modelcontextprotocol/server/stdio';

type RequestId = string | number;

/**
 * What is to be done once an answer has been written: an ending that nobody could read must not count as told.
 * Of a request that is cancelled, or answered with an error, nothing is done.
 */
export interface ResponseTracker {
  /** Takes a work for the answer of this request. */
  readonly after: (id: RequestId, signal: AbortSignal, work: () => void) => void;
  /** Watches what this transport sends. */
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
