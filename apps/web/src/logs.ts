import type { ServerResponse } from 'node:http';
import type { LogPlace, LogRange } from '@pm/operations';
import type { CarriedOperations } from './carrier.ts';
import { directoryIn, numberIn } from './query.ts';
import { openStream, replyJson, writeEvent } from './reply.ts';

/** What a window has unless the page asks for another amount. */
const LINES = 500;

/** The logs of the page: windows, growth, search. Each call reads only what it answers. */
export interface Logs {
  readonly window: (query: URLSearchParams, response: ServerResponse) => Promise<void>;
  readonly follow: (query: URLSearchParams, response: ServerResponse, signal: AbortSignal) => Promise<void>;
  readonly find: (query: URLSearchParams, response: ServerResponse, signal: AbortSignal) => Promise<void>;
}

export function logs(host: Pick<CarriedOperations, 'rawLog'>): Logs {
  return {
    window: async (query, response) => {
      const { logWindow } = await host.rawLog();
      replyJson(response, 200, logWindow(placeIn(query), rangeIn(query)));
    },
    follow: async (query, response, signal) => {
      const { followWindow } = await host.rawLog();
      const windows = followWindow(placeIn(query), numberIn(query, 'from') ?? 0, signal);
      const first = await windows.next(); // a wrong call is answered as such, not as a stream
      openStream(response);
      for (let next = first; next.done !== true; next = await windows.next())
        if (!(await writeEvent(response, next.value, signal))) return;
      response.end('event: end\ndata: {}\n\n');
    },
    find: async (query, response, signal) => {
      const { findInLog } = await host.rawLog();
      const search = { pattern: query.get('pattern') ?? '', from: numberIn(query, 'from') };
      replyJson(response, 200, await findInLog(placeIn(query), search, signal));
    },
  };
}

function placeIn(query: URLSearchParams): LogPlace {
  return {
    dir: directoryIn(query),
    run: query.get('run') ?? '',
    attempt: numberIn(query, 'attempt'),
    errors: query.has('errors'),
  };
}

function rangeIn(query: URLSearchParams): LogRange {
  const from = numberIn(query, 'from');
  if (from !== undefined) return { from, bytes: numberIn(query, 'bytes') ?? Number.POSITIVE_INFINITY };
  return { lines: numberIn(query, 'lines') ?? LINES, before: numberIn(query, 'before') };
}
