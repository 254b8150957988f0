import { setImmediate as nextTurn } from 'node:timers/promises';
import { type LogWindow, type RunView, rawLog } from '@pm/operations';
import { formatSize } from '@pm/operations/words';
import type { LogPiece, LogPosition } from '../state/log-lines.ts';

/** How many lines of a log are loaded at once; less if they have many bytes. */
const LINES = 5_000;

/**
 * Reads the end of a log and follows it until the run has ended or the signal aborts. Only its end is loaded, so a log of any size is
 * opened at once.
 * @param seen is called with each piece in order
 * @param say is called with what was left out, or why there is nothing to show
 */
export async function followLog(
  run: RunView,
  signal: AbortSignal,
  seen: (piece: LogPiece) => void,
  say: (about: string) => void,
): Promise<void> {
  if (run.state === 'queued') return say('it waits for its turn: no output yet');
  const { logWindow, followWindow } = await rawLog();
  const place = placeIn(run);
  const { text, from, to, gap, unseen, attempt } = logWindow(place, { lines: LINES });
  if (unseen !== undefined) return say(unseen);
  seen({ text, from, to, attempt });
  if (gap !== undefined) say(`${sizeOf(gap)} were dropped from the middle of the log (--log-cap)`);
  let shown: Pick<LogWindow, 'attempt' | 'to'> = { to, ...(attempt !== undefined && { attempt }) };
  for await (const more of followWindow({ ...place, attempt }, to, signal)) {
    const isOther = more.attempt !== shown.attempt;
    // The limit may have dropped what comes next before it was read.
    const isCut = !isOther && more.gap !== undefined && shown.to < more.gap.to && more.gap.to <= more.from;
    const missing = isCut ? `\n— ${sizeOf({ from: shown.to, to: more.from })} were dropped here (--log-cap) —\n` : '';
    shown = more;
    if (isOther) seen({ ...more, text: `\n— attempt ${more.attempt} —\n${more.text}` });
    else if (missing + more.text !== '') seen({ ...more, text: missing + more.text });
  }
}

function sizeOf({ from, to }: { readonly from: number; readonly to: number }): string {
  return formatSize(to - from);
}

/** The lines that come before this place in a log. Of a line with many megabytes only its beginning and its end are loaded. */
export async function earlierText(run: RunView, { from: before, attempt }: LogPosition): Promise<LogPiece> {
  const { logWindow } = await rawLog();
  const place = { ...placeIn(run), attempt };
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
