import type { ProcessRow } from '../process-table.ts';

const MS_PER_TICK = 10;

/**
 * Fields 1 to 6, 14 to 17, 20, 22 and 24 of proc(5). The command name stands in parentheses and may itself contain spaces
 * and parentheses. It is matched greedily, so the rest is counted from the *last* `)`. One expression, because a
 * process that has just begun scans hundreds of lines with code that is not compiled yet: it takes 13 µs a line,
 * splitting into fields 19 µs.
 */
const LINE =
  /^(\d+) \((.*)\) (\S) (\S+) (\S+) (\S+) (?:\S+ ){7}(\S+) (\S+) (\S+) (\S+) \S+ \S+ (\S+) \S+ (\d+) (?:\S+ (\d+) )?/s;

/**
 * Reads the text of /proc/<pid>/stat; `undefined` when it is cut short.
 *
 * A process whose main thread has ended (pthread_exit) shows `Z` while its other threads work on. Field 20, the number
 * of threads, distinguishes it from a real zombie, and its state is given as `S`.
 * @param pageBytes the size of a page of memory here, in which the kernel counts
 */
export function parseStat(text: string, pageBytes: () => number): ProcessRow | undefined {
  const match = LINE.exec(text);
  if (match === null) return undefined;
  const [
    ,
    pid,
    command = '',
    letter = '',
    ppid,
    pgid,
    sid,
    user,
    system,
    childUser,
    childSystem,
    threads,
    startTime = '',
    pages,
  ] = match;
  return {
    pid: Number(pid),
    ppid: Number(ppid),
    pgid: Number(pgid),
    sid: Number(sid),
    state: letter === 'Z' && Number(threads) > 1 ? 'S' : letter,
    startTime,
    cpuMs: (Number(user) + Number(system) + Number(childUser) + Number(childSystem)) * MS_PER_TICK,
    ...(pages !== undefined && { residentBytes: Number(pages) * pageBytes() }),
    command,
  };
}
