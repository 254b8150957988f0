import type { ProcessRow } from '../process-table.ts';

/** A TCP socket that listens on a port, and who has it open. */
export interface ListeningSocket {
  /** `127.0.0.1`, `::1`; `0.0.0.0` and `::` stand for all addresses. */
  readonly address: string;
  /** The user who opened it; `undefined` when that is not known. */
  readonly user: number | undefined;
  /** The processes that have it open, oldest first. Those of other users cannot be seen. */
  readonly holders: readonly ProcessRow[];
}

/**
 * What the rest of the package needs from an operating system. Every function is synchronous. They throw only if we
 * lack handles or memory.
 */
export interface Platform {
  /** Which boot and pid namespace pids belong to here. */
  pidScope(): { bootId: string; pidNamespace: string };
  /** Whether the process table we can read is the one that kill(2) acts on. */
  seesOwnPids(): boolean;
  /**
   * One process; `denied` when it exists but may not be read, `undefined` when it does not exist or `seesOwnPids` is
   * false.
   */
  readRow(pid: number): ProcessRow | 'denied' | undefined;
  /** Reads several processes, as `readRow` does: on macOS all of them by one ps(1). */
  reader(): (pid: number) => ProcessRow | 'denied' | undefined;
  /** Every process that can be read; none when `seesOwnPids` is false. */
  scan(): Map<number, ProcessRow>;
  /** The user it runs as; `undefined` when there is no such process, or that is not known. */
  userOf(pid: number): number | undefined;
  /** Its real, effective and saved user; none when there is no such process, or that is not known. */
  usersOf(pid: number): readonly number[];
  /** Its arguments; none when unreadable or not available. */
  argvOf(pid: number): readonly string[];
  /** Its working directory; `undefined` when unreadable or not available. */
  cwdOf(pid: number): string | undefined;
  /** The text that tells its cgroups; '' when unreadable or not available. */
  cgroupsOf(pid: number): string;
  /**
   * The environment it was last executed with, entries separated by NUL; `undefined` when unreadable or not available.
   */
  environOf(pid: number): string | undefined;
  /** The files that its standard output and error lead to, as paths; none when unreadable or not available. */
  outputsOf(pid: number): readonly string[];
  /** Bytes read and written so far, by pipes, sockets and files alike; 0 when unreadable. */
  ioBytesOf(pid: number): number;
  /** The present in the unit of `startOrder`, to work out how old a start time is. `NaN` when unknown. */
  nowOrder(): number;
  /** Epoch milliseconds of a start time. */
  startedAtMs(startTime: string): number | undefined;
  /** The TCP sockets of this network namespace that listen on this port. */
  listenersOn(port: number): readonly ListeningSocket[];
  /** The TCP ports of this network namespace on which one of these processes listens. */
  portsOf(pids: readonly number[]): readonly number[];
}
