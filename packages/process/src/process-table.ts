/**
 * One process as one scan saw it: what identity, tree and activity are worked out from. Meaningful only within one
 * `PidScope`.
 */
export interface ProcessRow {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  /** Session id; 0 where the platform does not give it (macOS). */
  readonly sid: number;
  /** One letter as in proc(5) field 3: R S D running, T t stopped, Z X dead. */
  readonly state: string;
  /** See `Identity.startTime`. */
  readonly startTime: string;
  /** User and system time of the process and of the children it has waited for, in milliseconds. */
  readonly cpuMs: number;
  /** Its resident memory: what it shares with others counts in full. Absent where that is not known. */
  readonly residentBytes?: number;
  /** Short command name; it may hold spaces, parentheses and newlines. */
  readonly command: string;
}

/** Whether the process has ended and only its entry remains. Such a zombie still answers `kill -0`. */
export function isDead(row: ProcessRow): boolean {
  return row.state === 'Z' || row.state === 'X';
}

/**
 * Every process by its pid, as one scan saw them. Not one instant: processes come and go between the first row and the
 * last.
 */
export type ProcessTable = ReadonlyMap<number, ProcessRow>;

/** Whether the row shows that very process: the same pid alone may be another one by now. */
export function isSame(
  row: ProcessRow,
  identity: { readonly pid: number; readonly startTime: string } | undefined,
): boolean {
  return row.pid === identity?.pid && row.startTime === identity.startTime;
}

/**
 * A start time as a number to compare within one `PidScope`, in hundredths of a second on every platform. Linux gives
 * clock ticks since boot (USER_HZ is 100 on every architecture that Node runs on), macOS the `lstart` text of ps(1) in
 * UTC.
 * @returns `NaN` for any other text, so that every comparison with it is false
 */
export function startOrder(startTime: string): number {
  return /^\d+$/.test(startTime) ? Number(startTime) : Date.parse(`${startTime} UTC`) / 10;
}
