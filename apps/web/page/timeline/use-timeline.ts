import { useEffect, useRef, useState } from 'preact/hooks';
import { read } from '../state/ask.ts';
import type { TimelineRun } from './lanes.ts';

/** What has changed is read again after so long, ms: a thousand runs that end in a second are one question. */
const AGAIN_MS = 2_000;

/** All runs of a time. `total` counts also those that are too many to show. */
export interface TimelineAnswer {
  readonly runs: readonly TimelineRun[];
  readonly total: number;
}

/** What was read last, and why it could not be read again. */
export interface ReadTimeline {
  readonly answer: TimelineAnswer | undefined;
  readonly error: string | undefined;
}

/** Reads the runs of the last so many ms. @param listed they are read again whenever this changes */
export function useTimeline(spanMs: number, now: number, listed: unknown): ReadTimeline {
  const [told, setTold] = useState<ReadTimeline>({ answer: undefined, error: undefined });
  const latest = useRef(now);
  latest.current = now;
  const reading = useRef<Rereading | undefined>(undefined);
  useEffect(() => {
    const own = rereading(async (signal) => {
      const after = await read<TimelineAnswer>('timeline', { sinceMs: latest.current - spanMs }, signal).then(
        (answer) => () => ({ answer, error: undefined }),
        (error: Error) => (before: ReadTimeline) => ({ ...before, error: error.message }),
      );
      if (!signal.aborted) setTold(after);
    });
    reading.current = own;
    return own.end;
  }, [spanMs]);
  useEffect(() => reading.current?.changed(), [spanMs, listed]);
  return told;
}

interface Rereading {
  readonly changed: () => void;
  readonly end: () => void;
}

/** One question at a time. A change does not end the one that is asked: where they come faster than the answers, none would ever arrive. */
function rereading(ask: (signal: AbortSignal) => Promise<void>): Rereading {
  const leaving = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let isAsking = false;
  let isOld = false;
  const changed = (): void => {
    isOld = true;
    if (isAsking || timer !== undefined || leaving.signal.aborted) return;
    timer = setTimeout(begin, Math.max(0, askedAt + AGAIN_MS - performance.now()));
  };
  const begin = async (): Promise<void> => {
    timer = undefined;
    isOld = false;
    isAsking = true;
    askedAt = performance.now();
    await ask(leaving.signal);
    isAsking = false;
    if (isOld) changed();
  };
  const end = (): void => {
    clearTimeout(timer);
    leaving.abort();
  };
  return { changed, end };
}
