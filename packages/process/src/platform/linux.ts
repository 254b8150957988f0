import { statSync } from 'node:fs';
import { type ProcessRow, startOrder } from '../process-table.ts';
import { listenersOn, portsOf } from './linux-sockets.ts';
import { parseStat } from './parse-stat.ts';
import type { Platform } from './platform.ts';
import { entries, link, read } from './proc-files.ts';

/**
 * Linux by /proc (proc(5)).
 *
 * Reads are synchronous on purpose. They are memory reads of 14 µs, and the thread pool would cost more. And none of
 * our own code can run between the check of an identity and the signal that follows it.
 */
export const linux: Platform = {
  pidScope,
  seesOwnPids,
  readRow,
  reader: () => readRow,
  scan,
  userOf: (pid) => statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid,
  usersOf: (pid) => (/^Uid:\t(.*)$/m.exec(read(`/proc/${pid}/status`).text ?? '')?.[1] ?? '').split('\t').map(Number),
  cgroupsOf: (pid) => read(`/proc/${pid}/cgroup`).text?.trim() ?? '',
  argvOf: (pid) => read(`/proc/${pid}/cmdline`).text?.split('\0').slice(0, -1) ?? [],
  cwdOf: (pid) => link(`/proc/${pid}/cwd`),
  environOf: (pid) => read(`/proc/${pid}/environ`).text,
  outputsOf: (pid) => [1, 2].flatMap((fd) => link(`/proc/${pid}/fd/${fd}`) ?? []),
  ioBytesOf,
  nowOrder,
  startedAtMs,
  listenersOn: (port) => listenersOn(port, readRow),
  portsOf,
};

function pidScope(): { bootId: string; pidNamespace: string } {
  const inode = /\d+/.exec(link('/proc/self/ns/pid') ?? '')?.[0] ?? '';
  const bootId = read('/proc/sys/kernel/random/boot_id').text?.trim() ?? '';
  // A scope of this process alone: no other process compares equal, so nobody judges by pids that mean something else.
  return { bootId, pidNamespace: seesOwnPids() ? inode : `${inode}-unseen-${process.pid}` };
}

// In a new pid namespace without a /proc of its own (`unshare --pid`, some nested sandboxes) /proc shows the outer
// pids, while kill(2) takes the inner ones: an identity that was verified by the one would be signalled by the other.
function seesOwnPids(): boolean {
  return link('/proc/self') === String(process.pid);
}

function readRow(pid: number): ProcessRow | 'denied' | undefined {
  if (!seesOwnPids()) return undefined;
  const { text, denied } = read(`/proc/${pid}/stat`);
  if (denied) return 'denied';
  return text === undefined ? undefined : parseStat(text, pageBytes);
}

function scan(): Map<number, ProcessRow> {
  const table = new Map<number, ProcessRow>();
  if (!seesOwnPids()) return table;
  for (const name of entries('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const { text } = read(`/proc/${pid}/stat`);
    const row = text === undefined ? undefined : parseStat(text, pageBytes);
    if (row !== undefined) table.set(pid, row);
  }
  return table;
}

let bytesOfPage: number | undefined;

/** Node.js does not tell it. The size of our own memory does: statm(5) counts it in pages, and status(5) in kibibytes. */
function pageBytes(): number {
  if (bytesOfPage !== undefined) return bytesOfPage;
  const pages = Number.parseInt(read('/proc/self/statm').text ?? '', 10);
  const kib = numberAfter(/^VmSize:\s+(\d+) kB/m, read('/proc/self/status').text ?? '');
  const power = Math.round(Math.log2(kib / pages)); // the two are read one after the other, so they may differ a little
  bytesOfPage = Number.isFinite(power) ? 1024 * 2 ** power : 4096;
  return bytesOfPage;
}

function ioBytesOf(pid: number): number {
  const io = read(`/proc/${pid}/io`).text ?? '';
  return numberAfter(/^rchar: (\d+)/m, io) + numberAfter(/^wchar: (\d+)/m, io);
}

// Field 22 and /proc/uptime both count BOOTTIME of the same time namespace: a suspend moves them alike.
function nowOrder(): number {
  return Math.floor(Number.parseFloat(read('/proc/uptime').text ?? '') * 100);
}

// Not by `btime` of /proc/stat: that is whole seconds.
function startedAtMs(startTime: string): number | undefined {
  const atMs = Date.now() - (nowOrder() - startOrder(startTime)) * 10;
  return Number.isFinite(atMs) ? atMs : undefined;
}

function numberAfter(pattern: RegExp, text: string): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}
