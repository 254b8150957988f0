import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupMembers, killCgroup } from './cgroup.ts';
import { type Identity, isAlive } from './identity.ts';
import { platform } from './platform/current.ts';
import { signalIfSame } from './signal.ts';

/** How to end a tree. */
export interface TerminateOptions {
  /**
   * Finds the processes of the tree by a fresh scan: `growTree` over `scan()` with the tree of the call before. Called
   * every 50 ms or sooner.
   */
  readonly find: () => readonly Identity[];
  /** How long the processes may take to end after SIGTERM, in milliseconds; 0 kills at once. */
  readonly graceMs: number;
  /** What Ctrl-C in a terminal would do comes first: SIGINT to this process group, and this long, in ms, until SIGTERM. */
  readonly interrupt?: { readonly group: number; readonly forMs: number };
  /** Aborting it ends the grace and kills at once (a second Ctrl-C). It does not stop the termination. */
  readonly signal?: AbortSignal;
  /** Called for every signal that was sent. */
  readonly onSignal?: (event: { signal: NodeJS.Signals; target: Identity }) => void;
  /** The tree's own cgroup v2, which is killed as a whole. */
  readonly cgroup?: string;
  /** How long to wait for an empty tree after SIGKILL, in milliseconds; 2000 unless given. */
  readonly settleMs?: number;
}

/**
 * A process with the name of its command: one that survived SIGKILL, in uninterruptible sleep, or that may not be
 * signalled.
 */
export interface NamedProcess extends Identity {
  readonly command: string;
}

/** The result of a termination. */
export interface Termination {
  /** Whether SIGKILL was needed, or asked for by a grace of 0. */
  readonly forced: boolean;
  /** How many processes were sent a signal. */
  readonly signalled: number;
  readonly survivors: readonly NamedProcess[];
}

/**
 * Ends a tree: interrupt where that is wished, ask, wait, force, prove.
 *
 *   asking ──empty twice──► done, not forced
 *      │ graceMs over, or `signal` aborted
 *      ▼
 *   forcing ──empty twice──► done, forced
 *      │ settleMs over
 *      ▼
 *   done, forced, survivors named
 *
 * To interrupt is SIGINT, once, to those that are in the process group now. Asking is SIGTERM, then SIGCONT, to each process, because a stopped process can only end once it runs. A process that
 * joins the tree meanwhile is asked, too. Forcing is `cgroup.kill` where there is a cgroup, then SIGKILL to each. Every
 * identity is verified just before every signal. Empty means two scans in a row, because one alone can miss a process
 * that was forked while it was made.
 * @throws what `find` or `onSignal` throws, and nothing else
 */
export async function terminate(options: TerminateOptions): Promise<Termination> {
  const { find, graceMs, signal, onSignal, cgroup, settleMs = SETTLE_MS } = options;
  const sent = new Set<string>();
  const signalled = new Set<string>();
  const note = (target: Identity, name: NodeJS.Signals) => {
    sent.add(`${name} ${keyOf(target)}`);
    signalled.add(keyOf(target));
    onSignal?.({ signal: name, target });
  };
  // Each signal once: one that was sent is not lost, and repeating it at every scan would flood the events.
  const send = (target: Identity, name: NodeJS.Signals) => {
    if (!sent.has(`${name} ${keyOf(target)}`) && signalIfSame(target, name)) note(target, name);
  };

  const ask = (target: Identity) => {
    send(target, 'SIGTERM');
    send(target, 'SIGCONT');
  };
  if (options.interrupt !== undefined) {
    const { group, forMs } = options.interrupt;
    for (const target of find()) if (groupOf(target) === group) send(target, 'SIGINT');
    await untilEmpty(find, () => {}, forMs, signal);
  }
  const remaining = await untilEmpty(find, ask, graceMs, signal);
  if (remaining.length === 0) return { forced: false, signalled: signalled.size, survivors: [] };

  const confined = new Set(cgroup === undefined ? [] : cgroupMembers(cgroup));
  if (cgroup !== undefined && killCgroup(cgroup)) {
    for (const target of remaining) if (confined.has(target.pid)) note(target, 'SIGKILL');
  }
  const left = await untilEmpty(find, (target) => send(target, 'SIGKILL'), Math.max(settleMs, 1));
  return { forced: true, signalled: signalled.size, survivors: left.filter(isAlive).map(named) };
}

const SETTLE_MS = 2000;
const POLL_MS = 50;
const FIRST_POLL_MS = 5;

/**
 * Scans, and treats each process that is found, until two scans in a row find none or the time is over.
 * With a budget of 0 nothing is treated: the one scan only says whether there is anything to do.
 * @returns the processes that were found last
 */
async function untilEmpty(
  find: () => readonly Identity[],
  treat: (target: Identity) => void,
  budgetMs: number,
  signal?: AbortSignal,
): Promise<readonly Identity[]> {
  const until = performance.now() + budgetMs;
  let wasEmpty = false;
  for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(pauseMs * 2, POLL_MS)) {
    const found = find();
    if (found.length === 0 && wasEmpty) return found;
    wasEmpty = found.length === 0;
    const leftMs = until - performance.now();
    const over = leftMs <= 0 || signal?.aborted === true;
    if (over && !wasEmpty) return found;
    if (!over) for (const target of found) treat(target);
    await pause(wasEmpty ? FIRST_POLL_MS : Math.min(pauseMs, leftMs), signal);
  }
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  await sleep(ms, undefined, signal ? { signal } : {}).catch(() => {}); // rejects only when aborted, which only ends the pause
}

function groupOf({ pid }: Identity): number | undefined {
  const row = platform.readRow(pid);
  return row === undefined || row === 'denied' ? undefined : row.pgid;
}

function keyOf({ pid, startTime }: Identity): string {
  return `${pid} ${startTime}`;
}

function named({ pid, startTime }: Identity): NamedProcess {
  const row = platform.readRow(pid);
  return { pid, startTime, command: row === undefined || row === 'denied' ? '' : row.command };
}
