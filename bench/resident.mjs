import { readdirSync, readFileSync } from 'node:fs';

/** The unit of CPU times in proc(5), `sysconf(_SC_CLK_TCK)`: a hundredth of a second on every Linux. */
const TICK_MS = 10;

/** Finds the resident monitor by its arguments, one of which is its directory. */
export function residentOf(cwd) {
  const isOurs = (pid) => {
    try {
      const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return argv.some((word) => word.endsWith('/resident.cjs')) && argv.includes(`${cwd}/.pm`);
    } catch {
      return false; // the process has ended meanwhile
    }
  };
  return readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && isOurs(pid));
}

/** The CPU time that a process has taken, in ms. */
export function cpuMsOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** A field of its memory, such as `Rss` or `Pss`. */
export function megabytesOf(pid, field) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) / 1024;
}
