import { closeSync, existsSync, fstatSync, readSync } from 'node:fs';
import { decodeTruncated, isRunId, PmError, type RunRecord, runPaths } from '@pm/protocol';
import { openLog, presentIn, readRecord, readRunRecord } from '@pm/protocol/fs';
import { chooseLog } from '../inspect/choose-log.ts';
import { wholeCharactersIn } from '../inspect/read-log.ts';
import { findRun } from '../runs/find-run.ts';
import { unseenOutput } from '../runs/log-tail.ts';
import { begunIn, continuationIn } from './split-character.ts';

/** The most bytes of one window. */
export const MOST_WINDOW = 1_048_576;
/** The first and the largest amount that is read backwards for a number of lines. */
const FIRST_READ = 65_536;

/** Which log: by the name or the id of a run. Without an attempt, the newest. */
export interface LogPlace {
  readonly dir: string;
  readonly run: string;
  readonly attempt?: number | undefined;
  readonly errors?: boolean | undefined;
}

/** Bytes from an offset on, or the last lines before one. */
export type LogRange =
  | { readonly from: number; readonly bytes: number }
  | { readonly lines: number; readonly before?: number | undefined };

/**
 * A piece of a log as it was written, escape sequences included. It begins and ends with whole characters, and never spans a gap.
 * A character that is being written is not given before it is whole.
 */
export interface LogWindow {
  readonly from: number;
  readonly to: number;
  readonly totalBytes: number;
  readonly text: string;
  /** The bytes that the size limit of the log has dropped. */
  readonly gap?: { readonly from: number; readonly to: number };
  /** The run may write more. */
  readonly live: boolean;
  /** Of a run with retries: the attempt of this log. */
  readonly attempt?: number;
  /** Of a run with retries: how many attempts it has made. */
  readonly attempts?: number;
  /** Why there is no output: the process was adopted. */
  readonly unseen?: string;
}

/**
 * A window of a log. However large the log is, only the window is read.
 * @throws PmError `no-such-step` if there is no such run, `not-supported` if it has no log, `usage` if it has no such attempt
 */
export function logWindow(place: LogPlace, range: LogRange): LogWindow {
  const run = runAt(place);
  const live = !existsSync(runPaths(place.dir, run.id).ended);
  const unseen = unseenOutput(run);
  if (unseen !== undefined) return { from: 0, to: 0, totalBytes: 0, text: '', live, unseen };
  const { file, truncated, attempt, attempts } = chooseLog(place.dir, run, place);
  const fd = openLog(file);
  try {
    const totalBytes = fstatSync(fd).size;
    const gap = gapIn(truncated);
    const isGrowing = live && (attempt ?? 1) >= (attempts ?? 1);
    const end = totalBytes - (isGrowing ? begunIn(readAt(fd, Math.max(totalBytes - 3, 0), 3)) : 0);
    const { from, bytes } = 'lines' in range ? lastLines(fd, range, end, gap) : bytesAt(fd, range, end, gap);
    const text = bytes.toString('utf8');
    const about = { totalBytes, live, ...(gap && { gap }), ...(attempt && { attempt }), ...(attempts && { attempts }) };
    return { from, to: from + bytes.length, text, ...about };
  } finally {
    closeSync(fd);
  }
}

/** The run of a place. @throws PmError `no-such-step`, `usage`, `not-supported` */
export function runAt({ dir, run }: LogPlace): RunRecord {
  if (!isRunId(run)) return findRun(dir, run);
  const record = presentIn(readRunRecord(dir, run));
  if (record !== undefined) return record;
  throw new PmError('no-such-step', `There is no run ${run} in ${dir} any more.`, 'To see what there is: pm ls');
}

type Gap = LogWindow['gap'];

/** The bytes that the size limit of a log has dropped; undefined if none. @param truncated the record about it, a path */
export function gapIn(truncated: string): Gap {
  const cut = presentIn(readRecord(truncated, decodeTruncated));
  return cut?.by === 'cap' && cut.to > cut.from ? { from: cut.from, to: cut.to } : undefined;
}

interface Piece {
  readonly from: number;
  readonly bytes: Buffer;
}

function bytesAt(
  fd: number,
  { from: asked, bytes: most }: { from: number; bytes: number },
  total: number,
  gap: Gap,
): Piece {
  const isInGap = gap !== undefined && asked >= gap.from && asked < gap.to;
  const start = isInGap ? gap.to : Math.min(asked, total);
  const end = gap !== undefined && start < gap.from ? Math.min(gap.from, total) : total;
  const read = readAt(fd, start, Math.min(most, MOST_WINDOW, Math.max(end - start, 0)));
  const first = start === 0 ? 0 : continuationIn(read);
  const isWhole = start + read.length >= end;
  const last = isWhole ? read.length : wholeCharactersIn(read);
  return { from: start + first, bytes: read.subarray(first, Math.max(last, first)) };
}

function lastLines(
  fd: number,
  { lines, before }: { lines: number; before?: number | undefined },
  total: number,
  gap: Gap,
): Piece {
  const asked = Math.min(before ?? total, total);
  const end = gap !== undefined && asked > gap.from && asked <= gap.to ? gap.from : asked;
  const floor = gap !== undefined && end > gap.to ? gap.to : 0;
  for (let most = FIRST_READ; ; most *= 4) {
    const start = Math.max(floor, end - Math.min(most, MOST_WINDOW));
    const read = readAt(fd, start, end - start);
    const first = beginningOfLines(read, lines);
    if (first !== undefined) return { from: start + first, bytes: read.subarray(first) };
    if (start > floor && most < MOST_WINDOW) continue;
    const whole = start === floor ? 0 : continuationIn(read);
    return { from: start + whole, bytes: read.subarray(whole) };
  }
}

/** Where the last lines begin; undefined if they are not all in these bytes. */
function beginningOfLines(bytes: Buffer, lines: number): number | undefined {
  let at = bytes.length - (bytes.at(-1) === NEWLINE ? 1 : 0);
  for (let left = lines; left > 0; left--) {
    at = at === 0 ? -1 : bytes.lastIndexOf(NEWLINE, at - 1);
    if (at < 0) return undefined;
  }
  return at + 1;
}

const NEWLINE = 10;

/** At most so many bytes from an offset on. Fewer at the end of the file. */
export function readAt(fd: number, from: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, from));
}
