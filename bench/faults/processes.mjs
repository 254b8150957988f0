import { readdirSync, readFileSync } from 'node:fs';

// Our own eyes, not the product's: a judge that looks through the code it judges would share its errors.

/** Every living process that inherited this entry of the environment. */
export function processesOf(entry) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => textOf(`/proc/${pid}/environ`).split('\0').includes(entry))
    .flatMap((pid) => processAt(Number(pid)) ?? [])
    .filter(({ state }) => state !== 'Z' && state !== 'X');
}

/** The process that has this pid now; a zombie is one. */
export function processAt(pid) {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat === '') return undefined;
  const [state, ppid, , session, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const argv = textOf(`/proc/${pid}/cmdline`).split('\0');
  const runId = textOf(`/proc/${pid}/environ`).match(/(?:^|\0)PM_RUN_ID=([^\0]*)/)?.[1];
  return { pid, state, ppid: Number(ppid), session: Number(session), startTime: rest[15], argv, runId };
}

/** That very process runs, or could. */
export function isAlive({ pid, startTime }) {
  const now = processAt(pid);
  return now !== undefined && now.startTime === startTime && now.state !== 'Z' && now.state !== 'X';
}

/** SIGKILL to that very process. @returns true if it was sent */
export function kill(target) {
  if (!isAlive(target)) return false;
  try {
    return process.kill(target.pid, 'SIGKILL');
  } catch {
    return false;
  }
}

/** The text of a file, empty if it cannot be read. */
export function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
