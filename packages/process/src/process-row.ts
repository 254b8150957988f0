/**
 * One process as one scan saw it: the facts that identity, trees and activity are decided from.
 * All of it is meaningful only within one `PidScope` (boot and pid namespace).
 */
export interface ProcessRow {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  /** Session id; 0 where the platform does not tell (macOS). */
  readonly sid: number;
  /** One letter as in proc(5) field 3: R S D running, T t stopped, Z X dead. */
  readonly state: string;
  /** See `Identity.startTime`. */
  readonly startTime: string;
  /** User and system time of the process and of the children it has waited for, in milliseconds. */
  readonly cpuMs: number;
  /** Short command name; it may hold spaces, parentheses and newlines. */
  readonly command: string;
}

/** Whether the process has ended and only its entry remains: zombies answer `kill -0` (research b3). */
export function isDead(row: ProcessRow): boolean {
  return row.state === 'Z' || row.state === 'X';
}
