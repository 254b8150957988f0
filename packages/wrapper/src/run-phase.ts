import { existsSync, readdirSync, statSync } from 'node:fs';
import { isBeforeBoot, isSamePidScope, lifeOf, type PidScope } from '@pm/process';
import { DEFAULTS, directoryPaths, isRunId, type RunRecord, runPaths } from '@pm/protocol';
import { type Claim, presentIn, type Reading, readRun } from '@pm/protocol/fs';

/**
 * Whether a run is in the way of the next one of its step. `finishing`: its exit is on record and its wrapper ends within milliseconds.
 */
export type RunPhase = 'live' | 'finishing' | 'over';

/**
 * The phase of a step's newest run, asked before a start and never to judge the run. A run is live until its wrapper and its command
 * are gone: without that rule 48 of 200 immediate restarts showed the SUCCESS of the run before.
 */
export function runPhase(dir: string, step: string, { n, run }: Claim, scope: PidScope, nowMs: number): RunPhase {
  const id = run.kind === 'present' ? run.value.id : runIdOfClaim(dir, `${directoryPaths(dir).steps}/${step}/${n}`);
  if (id === undefined) return 'over'; // its folder is gone, and nothing is written for it any more
  // A run elsewhere has ended when its worker has said so.
  if (run.kind === 'present' && run.value.mirror !== undefined)
    return existsSync(runPaths(dir, id).outcome) ? 'over' : 'live';
  const disk = readRun(dir, id);
  if (run.kind === 'present' && !isSamePidScope(run.value.host, scope))
    return run.value.adopted === undefined
      ? phaseElsewhere(run.value, scope, disk.heartbeat, nowMs)
      : phaseOfAdopted(dir, run.value, scope);
  const wrapper = presentIn(disk.wrapper);
  const command = presentIn(disk.command);
  if (wrapper !== undefined && isLiving(lifeOf(wrapper))) return disk.exit.kind === 'present' ? 'finishing' : 'live';
  if (command !== undefined && isLiving(lifeOf(command))) return 'live';
  if (wrapper !== undefined || command !== undefined || disk.ending.kind === 'present') return 'over';
  const bornAtMs = statSync(runPaths(dir, id).folder, { throwIfNoEntry: false })?.ctimeMs ?? 0;
  return Math.abs(nowMs - bornAtMs) < DEFAULTS.startWindowMs ? 'live' : 'over';
}

/** A run of an earlier boot is over. Of a run in another host or container, only the heartbeat can be seen. */
function phaseElsewhere({ host, policy }: RunRecord, scope: PidScope, beat: Reading<number>, nowMs: number): RunPhase {
  const beatAtMs = beat.kind === 'present' ? beat.atMs : undefined;
  if (beatAtMs === undefined || isBeforeBoot(host, scope, beatAtMs)) return 'over';
  return Math.abs(nowMs - beatAtMs) < policy.staleMs ? 'live' : 'over'; // its clock may be ahead of ours, but not by more
}

/** An adopted process has no heartbeat: elsewhere it may be alive until a monitor of its own host has told its end. */
function phaseOfAdopted(dir: string, { id, host }: RunRecord, scope: PidScope): RunPhase {
  return existsSync(runPaths(dir, id).outcome) || isBeforeBoot(host, scope, undefined) ? 'over' : 'live';
}

/** The run of a claim that cannot be read. A claim is a hard link, so it is the run whose `run` file has the same inode. */
function runIdOfClaim(dir: string, claimFile: string): string | undefined {
  const { runs } = directoryPaths(dir);
  const inode = statSync(claimFile, { throwIfNoEntry: false })?.ino;
  if (!existsSync(runs)) return undefined;
  return readdirSync(runs).find(
    (id) => isRunId(id) && statSync(`${runs}/${id}/run`, { throwIfNoEntry: false })?.ino === inode,
  );
}

function isLiving(life: string): boolean {
  return life === 'running' || life === 'stopped';
}
