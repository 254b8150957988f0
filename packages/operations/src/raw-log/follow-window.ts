import { setTimeout as sleep } from 'node:timers/promises';
import { type LogPlace, type LogWindow, logWindow } from './log-window.ts';

/** How often a log is asked for more, ms. */
const EVERY_MS = 150;
/** Of a log that grows quickly, so much is given at a time. */
const PIECE_BYTES = 262_144;

/**
 * The windows of a growing log from an offset on, until its run has ended. When a new attempt begins, first the rest of the old one is
 * given, then the newest from its beginning. The reader sets the pace: nothing is read before it asks for more.
 * @param place with the attempt to which the offset belongs, if the run has retries; without it, the newest
 * @param from an offset in bytes, as an earlier window has named it in `to`
 */
export async function* followWindow(
  place: LogPlace,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<LogWindow, void, void> {
  let at = from;
  let { attempt } = place;
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const own = { ...place, attempt };
    let window = logWindow(own, { from: at, bytes: PIECE_BYTES });
    if (window.totalBytes < at) window = logWindow(own, { from: 0, bytes: PIECE_BYTES });
    attempt = window.attempt;
    // Of a character that is being written nothing is given yet: then the end of the file is not reached.
    const isAtEnd = window.to >= window.totalBytes || window.to === at;
    at = window.to;
    const isOver = isAtEnd && (attempt ?? 1) >= (window.attempts ?? 1);
    if (window.text !== '' || isFirst || (isOver && !window.live)) yield window;
    if (isAtEnd && !isOver) [attempt, at] = [window.attempts, 0];
    else if (isOver && !window.live) return;
    else if (isOver) await sleep(EVERY_MS, undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
}
