import type { ProcessRow } from '../process-row.ts';

/** A line of /proc/<pid>/stat. `waitStatus` is field 52: 0 also when the reader may not know it. */
export interface Stat {
  readonly row: ProcessRow;
  readonly waitStatus: number;
}

const MS_PER_TICK = 10;

/**
 * Reads one /proc/<pid>/stat text (proc(5)); `undefined` when it is cut short.
 *
 * The command name stands in parentheses and may itself hold spaces and parentheses, so fields are counted from the *last* `)`.
 * A leader whose main thread has ended shows `Z` while its other threads work on (seen here with pthread_exit): field 20,
 * the number of threads, tells it from a real zombie, and it is given as `S`.
 */
export function parseStat(text: string): Stat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  const startTime = fields[START_TIME];
  if (open < 0 || close < open || startTime === undefined) return undefined;
  const numberAt = (index: number) => Number(fields[index] ?? 0);
  const letter = fields[STATE] ?? '';
  const ticks = numberAt(UTIME) + numberAt(STIME) + numberAt(CUTIME) + numberAt(CSTIME);
  const row = {
    pid: Number(text.slice(0, open - 1)),
    ppid: numberAt(PPID),
    pgid: numberAt(PGID),
    sid: numberAt(SID),
    state: letter === 'Z' && numberAt(THREADS) > 1 ? 'S' : letter,
    startTime,
    cpuMs: ticks * MS_PER_TICK,
    command: text.slice(open + 1, close),
  };
  return { row, waitStatus: numberAt(WAIT_STATUS) };
}

// Positions after the command name: proc(5) numbers its fields from 1, and the first one left here is field 3.
const STATE = 3 - 3;
const PPID = 4 - 3;
const PGID = 5 - 3;
const SID = 6 - 3;
const UTIME = 14 - 3;
const STIME = 15 - 3;
const CUTIME = 16 - 3;
const CSTIME = 17 - 3;
const THREADS = 20 - 3;
const START_TIME = 22 - 3;
const WAIT_STATUS = 52 - 3;
