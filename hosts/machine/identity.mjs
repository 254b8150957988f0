// Who a process is: its pid alone may be given to another one.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The pid and the start time of a live process; undefined if there is none. */
export function identityOf(pid) {
  const stat = statOf(pid);
  return stat === undefined ? undefined : { pid, start: stat.start };
}

export function isAlive({ pid, start }) {
  const stat = statOf(pid);
  return stat !== undefined && stat.start === start && stat.state !== 'Z';
}

/** Signals the process if it is still the same. */
export function signal(who, name) {
  try {
    if (isAlive(who)) process.kill(who.pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // it has ended since the look
  }
}

/** Whoever works in this folder or got it by its environment: all that a trial may have left behind. */
export function inFolder(folder) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && isOf(name, folder))
    .map((name) => ({ ...identityOf(Number(name)), command: commandOf(name) }))
    .filter(({ pid }) => pid !== undefined);
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function isOf(pid, folder) {
  try {
    return (
      readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) ||
      readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder)
    );
  } catch {
    return false;
  }
}

function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], ppid: Number(fields[1]), start: fields[19] };
  } catch {
    return undefined;
  }
}
