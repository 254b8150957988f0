import { basename } from 'node:path';
import type { Identity } from '../identity.ts';
import { platform } from '../platform/current.ts';

/** A process that has a listening socket open. */
export interface PortHolder extends Identity {
  /** Its parent when it was looked at. */
  readonly ppid: number;
  /** Its command line in one line, at most 80 characters: `python3 -m http.server`. */
  readonly command: string;
}

/** A TCP socket that listens on a port. */
export interface Listener {
  /** `127.0.0.1`, `::1`; `0.0.0.0` and `::` stand for all addresses. */
  readonly address: string;
  /** The user who opened it, as a number; `undefined` when that is not known. */
  readonly user: number | undefined;
  /**
   * The processes that have it open, oldest first: one server may have several, as its workers inherit the socket. Empty for a
   * socket of another user, or of another container: only processes of this user can be named, by root those of all users.
   */
  readonly holders: readonly PortHolder[];
}

/**
 * Who listens on a TCP port, on any address of IPv4 and IPv6. One instant later it may be somebody else. Linux reads /proc (a
 * millisecond, and 0.1 ms for each process if there is a listener), macOS asks lsof(8). Only the network namespace of this process
 * is seen.
 * @param port 1 to 65535
 */
export function listenersOn(port: number): Listener[] {
  return platform.listenersOn(port).map(({ address, user, holders }) => ({
    address,
    user,
    holders: holders.map(({ pid, startTime, ppid, command }) => ({
      pid,
      startTime,
      ppid,
      command: commandLine(platform.argvOf(pid), command),
    })),
  }));
}

/**
 * The TCP ports on which one of these processes listens, in order. One instant later they may be others. A process of another user
 * shows none.
 */
export function portsOf(processes: readonly Identity[]): number[] {
  return [...new Set(platform.portsOf(processes.map(({ pid }) => pid)))].sort((a, b) => a - b);
}

/** Only the file name of a program is kept, so that a long path does not hide its arguments. Some programs write a title there. */
function commandLine([program = '', ...args]: readonly string[], name: string): string {
  const words = [program.startsWith('/') ? basename(program) : program, ...args].join(' ');
  return (words.replace(/[\p{C}\s]+/gu, ' ').trim() || name).slice(0, 80);
}

/**
 * Who listens, as the end of "in use by …": `python3 -m http.server (pid 4242)`. Of several processes that share a socket, the oldest is
 * named. `an unknown process` if none can be named.
 */
export function nameListeners(listeners: readonly Listener[]): string {
  const names = listeners.map(({ user, holders: [first] }) => nameHolder({ ...first, user }));
  return [...new Set(names)].join(' and ') || UNKNOWN;
}

/**
 * One holder of a port, as the end of "in use by …".
 * @param holder without a pid, the user who opened the socket; undefined if that is not known either
 */
export function nameHolder({ pid, command, user }: NamedHolder): string {
  if (pid !== undefined) return `${command} (pid ${pid})`;
  if (user === undefined || user === process.geteuid?.()) return UNKNOWN;
  return `a process of user ${user}, which only that user and root can name`;
}

interface NamedHolder {
  readonly pid?: number | undefined;
  readonly command?: string | undefined;
  readonly user?: number | undefined;
}

const UNKNOWN = 'an unknown process';
