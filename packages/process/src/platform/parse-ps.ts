import type { ProcessRow } from '../process-table.ts';

/**
 * The columns to ask of macOS ps(1), in the order that `parsePs` reads. Each has an empty heading, so there is no
 * header line.
 */
export const PS_COLUMNS = 'pid=,ppid=,pgid=,state=,lstart=,time=,rss=,ucomm=';

/**
 * Reads the output of `LC_ALL=C TZ=UTC0 ps -axww -o PS_COLUMNS`. Lines of any other shape are ignored.
 *
 * Unproven: no macOS machine has run this. The samples of its tests were written from the ps(1) manual and the format
 * strings of Apple's print.c. `sess` is not asked for, because it prints a kernel pointer or 0. `lstart` is five words
 * (`Mon Nov  9 18:00:12 2026`).
 */
export function parsePs(output: string): Map<number, ProcessRow> {
  const table = new Map<number, ProcessRow>();
  for (const line of output.split('\n')) {
    const [, pid, ppid, pgid, state, lstart, minutes, seconds, kib, command] = LINE.exec(line) ?? [];
    if (pid === undefined || state === undefined || lstart === undefined) continue;
    table.set(Number(pid), {
      pid: Number(pid),
      ppid: Number(ppid),
      pgid: Number(pgid),
      sid: 0,
      state: state.charAt(0),
      startTime: lstart.replace(/\s+/g, ' '),
      cpuMs: Math.round((Number(minutes) * 60 + Number(seconds)) * 1000),
      residentBytes: Number(kib) * 1024,
      command: (command ?? '').trimEnd(),
    });
  }
  return table;
}

const LINE =
  /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})\s+(\d+):(\d\d\.\d\d)\s+(\d+)\s(.*)$/;

/**
 * The boot id, from `sysctl -n kern.bootsessionuuid kern.boottime`: the UUID of the boot session, or else the second of
 * the boot. That second moves when the clock is corrected. A correction then looks like another boot: runs are judged
 * by records only, never signalled.
 */
export function parseBootId(output: string): string {
  const uuid = /^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/m.exec(output)?.[0];
  return uuid ?? /\bsec = (\d+)/.exec(output)?.[1] ?? '';
}
