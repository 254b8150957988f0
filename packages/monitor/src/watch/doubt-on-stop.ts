import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isOfThisUser, isSamePidScope, type ProcessTable, scan, startedAtMs } from '@pm/process';
import { decodePid, type OutcomeRecord, type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { readRecord, statOf } from '@pm/protocol/fs';

type ProcessRow = ProcessTable extends ReadonlyMap<number, infer Row> ? Row : never;

/**
 * Tells why it is not certain that nothing of a stopped run is left: one sentence, with the processes to look at.
 * Undefined if nothing speaks against its end.
 */
export type DoubtOnStop = (outcome: OutcomeRecord, signal: AbortSignal) => Promise<string | undefined>;

// Why: contributing/decisions/2026-11-29-stop-of-a-foreign-run.md
/**
 * Begins to watch over the stop of a run. A foreign run leaves a doubt if its wrapper was killed before anybody looked:
 * then its processes carry no mark. If its heartbeat is fresh, something of it lives. A run whose processes cannot be
 * seen from here leaves one unless its cgroup proves the end.
 * @returns what to call after the stop
 */
export function doubtOnStop(dir: string, run: RunRecord): DoubtOnStop {
  const { foreign } = run;
  if (run.mirror !== undefined) return async () => undefined; // its worker names what has survived
  if (foreign === undefined) return isSamePidScope(run.host) ? async () => undefined : doubtElsewhere(dir, run);
  const flat = stepPaths(dir, run.step);
  const hasFamily = leadsFamily(foreign.pid);
  return async ({ outcome }, signal) => {
    if (outcome !== 'lost') return undefined;
    const pid = readRecord(flat.pid, decodePid);
    if (pid.kind === 'malformed')
      return `its .pid cannot be read (${pid.why}), so nobody can tell whether its process is alive`;
    const beatAtMs = statOf(flat.heartbeat)?.mtimeMs;
    const ageMs = Date.now() - (beatAtMs ?? 0);
    if (hasFamily || beatAtMs === undefined || ageMs > run.policy.staleMs) return undefined;
    const fresh = `its wrapper was killed, and its heartbeat is fresh (${Math.round(ageMs / 1000)} s)`;
    const born = bornTogether(foreign.pidAtMs, scan());
    const named = born.filter(({ pid }) => isNamedIn(argvOf(pid), dir, run.step));
    if (named.length > 0) return `${fresh}; these processes began together with it: ${listed(named)}`;
    if (!(await beatsAgain(flat.heartbeat, beatAtMs, run.policy.staleMs / 2, signal))) return undefined;
    const suspects = born.length === 0 ? '' : `; perhaps one of these: ${listed(born)}`;
    return `${fresh}; the process that writes it was not found${suspects}`;
  };
}

/**
 * Its wrapper ends the process group of the command, and nobody here sees what has left that group. The cgroup of the
 * run holds all of it: that it was there before the stop and has gone is the proof.
 */
function doubtElsewhere(dir: string, { id, cgroup }: RunRecord): DoubtOnStop {
  const wasConfined = cgroup !== undefined && existsSync(cgroup);
  const hadEnded = existsSync(runPaths(dir, id).outcome);
  return async ({ outcome }) => {
    const isProved = wasConfined && !existsSync(cgroup);
    if (hadEnded || isProved || outcome === 'success' || outcome === 'failed') return undefined;
    return `its processes cannot be seen from here: they are in another pid namespace, or /proc shows another one. Processes that left the process group of the command may still be alive. To find them, search /proc/*/environ for PM_RUN_ID=${id} in the namespace of the run`;
  };
}

/** True if processes are left in the session or group that the wrapper led. No other process can have that number now. */
function leadsFamily(pid: number): boolean {
  const table = scan();
  const holder = table.get(pid);
  if (pid === 0 || (holder !== undefined && holder.state !== 'Z')) return false;
  return [...table.values()].some((row) => row !== holder && (row.sid === pid || row.pgid === pid));
}

/** A wrapper starts its heartbeat and its command within this time, in ms. */
const BORN_WITHIN_MS = 1_000;
/** The start of a process and the time of a file come from two clocks of 10 ms. */
const CLOCK_MS = 20;

/** Orphans of this user that began in the second after the `.pid` was written. */
function bornTogether(pidAtMs: number, table: ProcessTable): ProcessRow[] {
  return [...table.values()]
    .filter((row) => row.pid !== process.pid && row.state !== 'Z' && row.state !== 'X' && row.sid !== row.pid)
    .filter(({ ppid, sid }) => ppid <= 1 || table.get(ppid)?.sid !== sid)
    .filter((row) => {
      const bornAtMs = startedAtMs(row);
      return bornAtMs !== undefined && bornAtMs >= pidAtMs - CLOCK_MS && bornAtMs <= pidAtMs + BORN_WITHIN_MS;
    })
    .filter(isOfThisUser);
}

/** The step or its directory as a word of its own. */
function isNamedIn(argv: readonly string[], dir: string, step: string): boolean {
  return argv.some((word) => word === step || word.startsWith(dir));
}

function argvOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it has gone, or this is no Linux
  }
}

function listed(rows: readonly ProcessRow[]): string {
  return rows.map(({ pid, command }) => `${pid} (${command})`).join(', ');
}

/** Waits for the next beat: true if there is one, or if the caller does not wait for it. */
async function beatsAgain(heartbeat: string, atMs: number, withinMs: number, signal: AbortSignal): Promise<boolean> {
  for (const untilMs = performance.now() + withinMs; performance.now() < untilMs; ) {
    if (signal.aborted || (statOf(heartbeat)?.mtimeMs ?? atMs) !== atMs) return true;
    await sleep(100, undefined, { signal }).catch(() => {});
  }
  return false;
}
