import { setImmediate as nextTurn } from 'node:timers/promises';
import { type RunView, rawLog } from '@pm/operations';
import { formatSize } from '@pm/operations/words';

/** How many lines of a log are loaded at once; less if they have many bytes. */
const LINES = 5_000;

/** A piece of a log: raw bytes as text, escape sequences included. */
export interface LogText {
  readonly text: string;
  /** The byte of the log at which the text begins, if it is the first piece. */
  readonly from?: number;
}

/**
 * Reads the end of a log and follows it until the run has ended or the signal aborts. Only its end is loaded, so a log of any size is
 * opened at once.
 * @param seen is called with each piece in order
 * @returns what was left out, or why there is nothing to show
 */
export async function followLog(
  run: RunView,
  signal: AbortSignal,
  seen: (piece: LogText) => void,
): Promise<string | undefined> {
  if (run.state === 'queued') return 'it waits for its turn: no output yet';
  const { logWindow, followWindow } = await rawLog();
  const place = placeIn(run);
  const { text, from, to, gap, unseen } = logWindow(place, { lines: LINES });
  if (unseen !== undefined) return unseen;
  seen({ text, from });
  for await (const { text: more } of followWindow(place, to, signal)) if (more !== '') seen({ text: more });
  return gap === undefined ? undefined : `${formatSize(gap.to - gap.from)} in its middle were dropped by --log-cap`;
}

/** The lines that come before this byte of a log. Of a line with many megabytes only its beginning and its end are loaded. */
export async function earlierText(run: RunView, before: number): Promise<Required<LogText>> {
  const { logWindow } = await rawLog();
  const place = placeIn(run);
  let piece = logWindow(place, { lines: LINES, before });
  for (let more = MOST_WINDOWS; more > 0 && piece.from > 0 && !piece.text.slice(0, -1).includes('\n'); more--) {
    piece = logWindow(place, { lines: LINES, before: piece.from });
    await nextTurn();
  }
  return { text: piece.text, from: piece.from };
}

/** So many windows of one line are passed over. A window has 1 MiB. */
const MOST_WINDOWS = 200;

function placeIn({ dir = '', id = '' }: RunView): { dir: string; run: string } {
  return { dir, run: id };
}
