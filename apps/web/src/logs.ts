import type { ServerResponse } from 'node:http';
import type { LogPlace, LogRange } from '@pm/operations';
import type { CarriedOperations } from './carrier.ts';
import { directoryIn, numberIn } from './query.ts';
import { replyJson } from './reply.ts';

/** What a window has unless the page asks for another amount. */
const LINES = 500;

// The growth of a log is asked for window by window: a browser opens six connections to a server at most, and each open page has one.
/** The logs of the page: windows and a search. Each call reads only what it answers. */
export interface Logs {
  readonly window: (query: URLSearchParams, response: ServerResponse) => Promise<void>;
  readonly find: (query: URLSearchParams, response: ServerResponse, signal: AbortSignal) => Promise<void>;
}

/** Answers what the page asks about logs. */
export function logs(host: Pick<CarriedOperations, 'rawLog'>): Logs {
  return {
    window: async (query, response) => {
      const { logWindow } = await host.rawLog();
      replyJson(response, 200, logWindow(placeIn(query), rangeIn(query)));
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
