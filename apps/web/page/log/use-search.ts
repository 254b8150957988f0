import { useEffect, useState } from 'preact/hooks';
import { type FoundLine, findIn, type LogOf } from './log-source.ts';

/** More matches than a person goes through. */
const MOST = 10_000;
/** A search begins when nothing was typed for so long, ms. */
const PAUSE_MS = 250;

/** A search through a whole log. */
export interface Search {
  readonly matches: readonly FoundLine[];
  /** How much of the log was looked through, from 0 to 1. */
  readonly share: number;
  readonly error: string | undefined;
  /** What marks the matches in the lines that are shown. */
  readonly pattern: RegExp | undefined;
}

const NONE: Search = { matches: [], share: 1, error: undefined, pattern: undefined };
const BEGUN: Search = { ...NONE, share: 0 };

/** Searches an attempt for a text. What is found is shown while the search goes on. */
export function useSearch(log: LogOf, text: string): Search {
  const [search, setSearch] = useState(NONE);
  useEffect(() => {
    setSearch(text === '' ? NONE : BEGUN);
    if (text === '') return;
    const leaving = new AbortController();
    const timer = setTimeout(() => run(leaving.signal), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [log.dir, log.run, log.attempt, log.errors, text]);
  return search;

  async function run(signal: AbortSignal): Promise<void> {
    const matches: FoundLine[] = [];
    const pattern = patternOf(text);
    try {
      for await (const found of findIn(log, text, signal)) {
        for (const match of found.matches) matches.push(match);
        const share = found.totalBytes === 0 ? 1 : found.to / found.totalBytes;
        setSearch({ matches: [...matches], share, error: undefined, pattern });
        if (matches.length >= MOST) return;
      }
    } catch (error) {
      if (!signal.aborted) setSearch({ ...NONE, error: (error as Error).message });
    }
  }
}

/** Finds what the server finds: the text itself. Capital letters only count if it has some. */
function patternOf(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), text === text.toLowerCase() ? 'gi' : 'g');
}
