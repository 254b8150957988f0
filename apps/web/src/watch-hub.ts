import type { ServerResponse } from 'node:http';
import type { OverviewEvent } from '@pm/operations';
import { applyOverview, NOTHING_SEEN, wholeOverview } from '@pm/operations/overview-state';
import type { CarriedOperations, WebEnvironment } from './carrier.ts';
import { openStream } from './reply.ts';

/** A page with more unread bytes than this gets no further events. When it has read them, it gets the whole overview again. */
const MOST_BUFFERED = 4_194_304;
/** How often a silent connection is written to, ms: else nobody notices that its page is gone. */
const ALIVE_MS = 20_000;

/** Gives all pages the events of one overview. */
export interface WatchHub {
  readonly join: (response: ServerResponse) => void;
}

interface Page {
  readonly response: ServerResponse;
  /** It has missed events, and waits for everything anew. */
  isBehind: boolean;
}

/** The overview begins with the first page and ends with the last one. */
export function watchHub(host: Pick<CarriedOperations, 'overview'>, environment: WebEnvironment): WatchHub {
  const pages = new Set<Page>();
  let state = NOTHING_SEEN;
  let hasAll = false;
  let stopping: AbortController | undefined;

  const write = (page: Page, event: OverviewEvent): void => {
    page.response.write(`data: ${JSON.stringify(event)}\n\n`);
  };
  const tell = (event: OverviewEvent): void => {
    for (const page of pages) {
      if (page.isBehind) continue;
      if (page.response.writableLength > MOST_BUFFERED) page.isBehind = true;
      else write(page, event);
    }
  };
  const catchUp = (page: Page): void => {
    if (!pages.has(page) || !hasAll) return;
    page.isBehind = false;
    write(page, wholeOverview(state, Date.now()));
  };
  const begin = (): void => {
    const own = new AbortController();
    stopping = own;
    void (async () => {
      const overview = await host.overview();
      const by = `pm web ${process.pid}`;
      for await (const event of overview({ ...environment, by, signal: own.signal })) {
        if (own.signal.aborted) return;
        state = applyOverview(state, event);
        const isFirst = !hasAll;
        hasAll = true;
        if (isFirst) for (const page of pages) catchUp(page);
        else tell(event);
      }
    })().catch(() => {
      if (own.signal.aborted) return; // the pages of now have another overview
      for (const { response } of pages) response.destroy(); // each page comes again, and begins anew
    });
  };
  const end = (): void => {
    stopping?.abort();
    state = NOTHING_SEEN;
    hasAll = false;
  };
  return {
    join(response) {
      const page: Page = { response, isBehind: true };
      openStream(response);
      pages.add(page);
      response.on('drain', () => {
        if (page.isBehind) catchUp(page);
      });
      const alive = setInterval(() => response.write(': alive\n\n'), ALIVE_MS);
      response.once('close', () => {
        clearInterval(alive);
        pages.delete(page);
        if (pages.size === 0) end();
      });
      if (pages.size === 1) begin();
      else catchUp(page);
    },
  };
}
