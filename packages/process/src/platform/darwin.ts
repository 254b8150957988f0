import { type ProcessRow, startOrder } from '../process-table.ts';
import { parseLsof, parseLsofPorts } from './parse-lsof.ts';
import { PS_COLUMNS, parseBootId, parsePs } from './parse-ps.ts';
import type { ListeningSocket, Platform } from './platform.ts';

/**
 * macOS by ps(1) and sysctl(8). Unproven: no macOS machine has run this.
 *
 * ps gives no environments (that takes one `ps -E` for each process, and is refused for protected binaries), no I/O and
 * no session ids. So on macOS trees rest on parents, groups and what was seen before.
 */
export const darwin: Platform = {
  pidScope: () => ({
    bootId: parseBootId(run('sysctl', ['-n', 'kern.bootsessionuuid', 'kern.boottime'])),
    pidNamespace: '',
  }),
  seesOwnPids: () => true,
  readRow: (pid) => list(['-p', String(pid)]).get(pid),
  reader: () => {
    const rows = list(['-ax']);
    return (pid) => rows.get(pid);
  },
  scan: () => list(['-ax']),
  userOf: (pid) => {
    const user = Number.parseInt(run('ps', ['-p', String(pid), '-o', 'uid=']), 10);
    return Number.isNaN(user) ? undefined : user;
  },
  usersOf: () => [],
  cgroupsOf: () => '',
  argvOf: () => [],
  cwdOf: () => undefined,
  environOf: () => undefined,
  outputsOf: () => [],
  ioBytesOf: () => 0,
  nowOrder: () => Math.floor(Date.now() / 10),
  startedAtMs: (startTime) => {
    const atMs = startOrder(startTime) * 10;
    return Number.isNaN(atMs) ? undefined : atMs;
  },
  listenersOn,
  portsOf: (pids) =>
    pids.length === 0
      ? []
      : parseLsofPorts(run('lsof', ['-nP', '-a', '-p', pids.join(','), '-iTCP', '-sTCP:LISTEN', '-F', 'pn'])),
};

// lsof shows the sockets of this user only, unless it runs as root.
function listenersOn(port: number): ListeningSocket[] {
  const sockets = parseLsof(run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-F', 'pun']));
  const rows = sockets.length === 0 ? new Map<number, ProcessRow>() : list(['-ax']);
  return sockets.map(({ address, user, pids }) => ({
    address,
    user,
    holders: pids.flatMap((pid) => rows.get(pid) ?? []),
  }));
}

// -ww because ps cuts lines at 79 columns when no descriptor is a terminal.
function list(selection: string[]): Map<number, ProcessRow> {
  return parsePs(run('ps', [...selection, '-ww', '-o', PS_COLUMNS]));
}

// The exit status does not matter: ps fails for a pid that is gone, sysctl for a name that it does not know, both after
// printing the rest. In UTC, because `lstart` of a process would otherwise differ in another time zone and after a
// change to summer time.
function run(command: string, args: string[]): string {
  const env = { PATH: '/bin:/usr/bin:/sbin:/usr/sbin', LC_ALL: 'C', TZ: 'UTC0' };
  // Loaded only here: a static import would cost every start on Linux a millisecond (getBuiltinModule is in 20.16 and
  // 22.3).
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  return spawnSync(command, args, { env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).stdout ?? '';
}
