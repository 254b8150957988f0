import type { Context, RunView } from '@pm/operations';
import { runName } from '@pm/operations/words';
import { placeOf } from './act.ts';
import { ask } from './ask.ts';

/** How much of a log is loaded at once. */
const WINDOW_BYTES = 524_288;

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
  context: Context,
  seen: (piece: LogText) => void,
): Promise<string | undefined> {
  const place = { step: runName(run), ...placeOf(run) };
  const now = await ask('logs', { ...place, tail: 0 }, context);
  if (now.omitted !== undefined && now.totalBytes === 0) return now.omitted; // a process that was adopted has no log
  const from = await behindGap(place, Math.max(0, now.totalBytes - WINDOW_BYTES), now.logTruncated, context);
  const decoder = new TextDecoder();
  let isFirst = true;
  const report: NonNullable<Context['report']> = (event) => {
    if (event.type !== 'output') return;
    const start = isFirst && from > 0 ? event.bytes.indexOf(NEWLINE) + 1 : 0;
    const text = decoder.decode(event.bytes.subarray(start), { stream: true });
    seen(isFirst ? { text, from: from + start } : { text });
    isFirst = false;
  };
  await ask('logs', { ...place, cursor: from, maxBytes: WINDOW_BYTES, follow: true }, { ...context, report });
  return now.logTruncated;
}

/** The text that comes before this byte of a log, from the start of a line on. */
export async function earlierText(run: RunView, before: number, context: Context): Promise<Required<LogText>> {
  const place = { step: runName(run), ...placeOf(run) };
  const from = await behindGap(place, Math.max(0, before - WINDOW_BYTES), undefined, context);
  const wanted = Math.min(WINDOW_BYTES, before - from);
  if (wanted <= 0) return { text: '', from: 0 };
  const enough = new AbortController();
  const end = (): void => enough.abort();
  context.signal.addEventListener('abort', end, { once: true });
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  const report: NonNullable<Context['report']> = (event) => {
    if (event.type !== 'output') return;
    pieces.push(event.bytes);
    bytes += event.bytes.length;
    if (bytes >= wanted) end();
  };
  const input = { ...place, cursor: from, maxBytes: wanted, follow: true };
  await ask('logs', input, { ...context, report, signal: enough.signal }).catch((error: unknown) => {
    if (bytes < wanted) throw error;
  });
  context.signal.removeEventListener('abort', end);
  const all = Buffer.concat(pieces).subarray(0, wanted);
  const start = from === 0 ? 0 : all.indexOf(NEWLINE) + 1;
  return { text: all.toString('utf8', start), from: from + start };
}

const NEWLINE = 10;

/** A place in the part that the size limit has removed is moved behind it. */
async function behindGap(
  place: Readonly<Record<string, unknown>>,
  from: number,
  truncated: string | undefined,
  context: Context,
): Promise<number> {
  if (from === 0 || truncated === undefined) return from;
  return (await ask('logs', { ...place, cursor: from, maxBytes: 1 }, context)).from;
}
