import { endianness } from 'node:os';
import type { ProcessRow } from '../process-table.ts';
import { parsePorts, parseSockets } from './parse-sockets.ts';
import type { ListeningSocket } from './platform.ts';
import { entries, link, read } from './proc-files.ts';

/**
 * The sockets that listen on a port, by /proc/net, and the processes that have them open, by the links in their `fd` folders.
 * Those folders can be read for processes of this user only (by root, of all).
 * @param readRow reads one process
 */
export function listenersOn(
  port: number,
  readRow: (pid: number) => ProcessRow | 'denied' | undefined,
): ListeningSocket[] {
  const sockets = ['tcp', 'tcp6'].flatMap((family) =>
    parseSockets(read(`/proc/net/${family}`).text ?? '', port, endianness()),
  );
  if (sockets.length === 0) return [];
  const holders = holdersOf(new Set(sockets.map(({ inode }) => `socket:[${inode}]`)), readRow);
  return sockets.map(({ address, user, inode }) => ({
    address,
    user,
    holders: [...(holders.get(`socket:[${inode}]`) ?? [])].sort(
      (a, b) => Number(a.startTime) - Number(b.startTime) || a.pid - b.pid,
    ),
  }));
}

function holdersOf(
  links: ReadonlySet<string>,
  readRow: (pid: number) => ProcessRow | 'denied' | undefined,
): Map<string, ProcessRow[]> {
  const found = new Map<string, ProcessRow[]>();
  for (const name of entries('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const held = new Set<string>();
    const before = readRow(pid);
    if (before === undefined || before === 'denied') continue;
    for (const fd of entries(`/proc/${name}/fd`)) {
      const target = link(`/proc/${name}/fd/${fd}`) ?? '';
      if (links.has(target)) held.add(target);
    }
    if (held.size === 0) continue;
    // The pid may have passed on to another process while its files were read.
    const after = readRow(pid);
    if (after === undefined || after === 'denied' || after.startTime !== before.startTime) continue;
    for (const target of held) found.set(target, [...(found.get(target) ?? []), after]);
  }
  return found;
}

/** The ports on which one of these processes listens, by their `fd` folders and /proc/net. */
export function portsOf(pids: readonly number[]): number[] {
  const held = new Set(
    pids.flatMap((pid) => entries(`/proc/${pid}/fd`).map((fd) => link(`/proc/${pid}/fd/${fd}`) ?? '')),
  );
  return ['tcp', 'tcp6']
    .flatMap((family) => parsePorts(read(`/proc/net/${family}`).text ?? ''))
    .flatMap(({ port, inode }) => (held.has(`socket:[${inode}]`) ? [port] : []));
}
