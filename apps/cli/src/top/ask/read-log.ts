import { setImmediate as nextTurn } from 'node:timers/promises';
import { type RunView, rawLog } from '@pm/operations';
import { formatSize } from '@pm/operations/words';
import type { LogPiece } from '../state/log-lines.ts';

/** How many lines of a log are loaded at once; less if they have many bytes. */
const LINES = 5_000;

/**
 * Reads the end of a log and follows it until the run has ended or the signal aborts. Only its end is loaded, so a log of any size is
 * opened at once.
 * @param seen is called with each piece in order
 * @returns what was left out, or why there is nothing to show
 */
export async function followLog(
  run: RunView,
  signal: AbortSignal,
  seen: (piece: LogPiece) => void,
): Promise<string | undefined> {
  if (run.state === 'queued') return 'it waits for its turn: no output yet';
  const { logWindow, followWindow } = await rawLog();
  const place = placeIn(run);
  const { text, from, to, gap, unseen, attempt } = logWindow(place, { lines: LINES });
  if (unseen !== undefined) return unseen;
  seen({ text, from, to });
  let shown = attempt;
  for await (const more of followWindow({ ...place, attempt }, to, signal)) {
    const { attempt: n } = more;
    const isOther = n !== shown;
    shown = n;
    if (isOther) seen({ ...more, text: `\n— attempt ${n} —\n${more.text}` });
    else if (more.text !== '') seen(more);
  }
  return gap === undefined
    ? undefined
    : `${formatSize(gap.to - gap.from)} were dropped from the middle of the log (--log-cap)`;
}

/** The lines that come before this byte of a log. Of a line with many megabytes only its beginning and its end are loaded. */
export async function earlierText(run: RunView, before: number): Promise<LogPiece> {
  const { logWindow } = await rawLog();
  const place = placeIn(run);
  let piece = logWindow(place, { lines: LINES, before });
  for (let more = MOST_WINDOWS; more > 0 && piece.from > 0 && !piece.text.slice(0, -1).includes('\n'); more--) {
    piece = logWindow(place, { lines: LINES, before: piece.from });
    await nextTurn();
  }
  return { text: piece.text, from: piece.from, to: piece.to };
}

/** So many windows of one line are passed over. A window has 1 MiB. */
const MOST_WINDOWS = 200;

function placeIn({ dir = '', id = '' }: RunView): { dir: string; run: string } {
  return { dir, run: id };
}
