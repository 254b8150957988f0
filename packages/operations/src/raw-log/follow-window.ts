import { setTimeout as sleep } from 'node:timers/promises';
import { type LogPlace, type LogWindow, logWindow } from './log-window.ts';

/** How often a log is asked for more, ms. */
const EVERY_MS = 150;
/** Of a log that grows quickly, so much is given at a time. */
const PIECE_BYTES = 262_144;

/**
 * The windows of a growing log from an offset on, until its run has ended. Where a new attempt begins, the next window is of that attempt.
 * The reader sets the pace: nothing is read before it asks for more.
 * @param from an offset, as an earlier window has named it in `to`
 */
export async function* followWindow(
  place: LogPlace,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<LogWindow, void, void> {
  let at = from;
  let attempt = place.attempt;
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    let window = logWindow(place, { from: at, bytes: PIECE_BYTES });
    const isOther = !isFirst && window.attempt !== attempt;
    if (isOther || window.totalBytes < at) window = logWindow(place, { from: 0, bytes: PIECE_BYTES });
    attempt = window.attempt;
    at = window.to;
    if (window.text !== '' || isFirst || !window.live) yield window;
    const isAtEnd = window.to >= window.totalBytes;
    if (isAtEnd && !window.live) return;
    if (isAtEnd) await sleep(EVERY_MS, undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
}
