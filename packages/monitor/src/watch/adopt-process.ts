import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { type Identity, thisPidScope } from '@pm/process';
import {
  encodeDeadline,
  encodeIdentity,
  encodeJson,
  newRunId,
  type Policy,
  type RunRecord,
  runPaths,
  stepPaths,
} from '@pm/protocol';
import { claim, isSameFile, linkOnce, openDirectory, reserveRoom } from '@pm/protocol/fs';
import { awakeClockMs } from '../look/clocks.ts';

/** A process that was started without pm, and how the run that it becomes is judged. */
export interface ProcessToAdopt {
  readonly process: Identity;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly policy: Policy;
  /** Who adopts it, and is told how it ends. */
  readonly owner: RunRecord['owner'];
  readonly adopted: NonNullable<RunRecord['adopted']>;
}

// Why: contributing/decisions/2026-11-29-an-adopted-process.md
/**
 * Makes a run of a process that is running already. Its records are those of a run whose wrapper is gone: any monitor
 * judges it, ends its tree, and writes its outcome.
 * @param n the newest claim of the step, which is free
 * @throws the error of a full disk; then no run is left
 * @returns undefined if another run has taken the step meanwhile
 */
export function adoptProcess(dir: string, step: string, n: number, asked: ProcessToAdopt): RunRecord | undefined {
  openDirectory(dir);
  const now = Date.now();
  const id = newRunId(now);
  const own = runPaths(dir, id);
  const run: RunRecord = {
    v: 1,
    id,
    step,
    argv: [...asked.argv],
    cwd: asked.cwd,
    createdAt: now,
    host: { name: hostname(), ...thisPidScope(), uptimeMs: Math.round(uptime() * 1000) },
    policy: asked.policy,
    owner: asked.owner,
    adopted: asked.adopted,
  };
  const put = (path: string, text: string): void => writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  mkdirSync(own.folder, { mode: 0o700 });
  try {
    put(own.command, encodeIdentity(asked.process));
    put(own.pid, `${asked.process.pid}\n`);
    put(own.deadline, encodeDeadline(asked.policy.timeoutMs));
    put(own.trace, firstTrace());
    reserveRoom(own.reserve);
    put(own.run, encodeJson(run));
    if (claim(dir, step, n + 1, own.run)) {
      linkFlatNames(dir, run);
      return run;
    }
  } catch (error) {
    withdraw(dir, run);
    throw error;
  }
  withdraw(dir, run);
  return undefined;
}

/**
 * Takes a run back. If its step was claimed for it, the claim counts as that of a deleted run. A monitor that has seen the run may write
 * into its folder at the same time, so the removal is tried again.
 */
function withdraw(dir: string, { id, step }: RunRecord): void {
  const own = runPaths(dir, id);
  const { pid } = stepPaths(dir, step);
  if (isSameFile(own.pid, pid)) rmSync(pid, { force: true });
  rmSync(own.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 10 });
}

/** Its time counts from now on: nobody knows for how long the machine was awake since the process began. */
function firstTrace(): string {
  const awakeAtMs = awakeClockMs();
  const nothing = { beat: 0, logBytes: 0, ownBeatAtMs: 0, cpuMs: 0, ioBytes: 0, elapsedMs: 0, silentMs: 0, quietMs: 0 };
  return encodeJson({ v: 1, ...nothing, ...(awakeAtMs !== undefined && { awakeAtMs }) });
}

/** Removes the flat names of the run before. Of this run there is only the `.pid`. */
function linkFlatNames(dir: string, run: RunRecord): void {
  const flat = stepPaths(dir, run.step);
  for (const path of [flat.status, flat.result, flat.pid, flat.heartbeat, flat.log])
    rmSync(path, { force: true, recursive: true });
  linkOnce(runPaths(dir, run.id).pid, flat.pid);
}
