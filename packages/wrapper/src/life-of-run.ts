import { existsSync, readdirSync, statSync } from 'node:fs';
import { isBeforeBoot, isSamePidScope, lifeOf, type PidScope } from '@pm/process';
import { DEFAULTS, directoryPaths, isRunId, type RunRecord, runPaths } from '@pm/protocol';
import { type Claim, presentIn, type Reading, readRun } from '@pm/protocol/fs';

/** May another run of the step begin? `finishing`: the ending is out, its wrapper goes within milliseconds. */
export type RunLife = 'live' | 'finishing' | 'over';

/**
 * A step is live until its last wrapper is gone, and as long as its command is: without that rule 48 of 200 immediate
 * restarts carried the old SUCCESS (research: lab finding 5). Asked before a start, never to judge a run.
 */
export function lifeOfRun(dir: string, step: string, { n, run }: Claim, scope: PidScope, nowMs: number): RunLife {
  const id = run.kind === 'present' ? run.value.id : folderOfClaim(dir, `${directoryPaths(dir).steps}/${step}/${n}`);
  if (id === undefined) return 'over'; // the run's folder is gone: nothing can write for it any more
  const disk = readRun(dir, id);
  if (run.kind === 'present' && !isSamePidScope(run.value.host, scope))
    return lifeElsewhere(run.value, scope, disk.heartbeat, nowMs);
  const wrapper = presentIn(disk.wrapper);
  const command = presentIn(disk.command);
  if (wrapper !== undefined && isLiving(lifeOf(wrapper))) return disk.exit.kind === 'present' ? 'finishing' : 'live';
  if (command !== undefined && isLiving(lifeOf(command))) return 'live';
  if (wrapper !== undefined || disk.ending.kind === 'present') return 'over';
  const bornAtMs = statSync(runPaths(dir, id).folder, { throwIfNoEntry: false })?.ctimeMs ?? 0;
  return Math.abs(nowMs - bornAtMs) < DEFAULTS.startWindowMs ? 'live' : 'over';
}

/** Another boot of this machine ended it; in another host or container only its beat can be seen. */
function lifeElsewhere({ host, policy }: RunRecord, scope: PidScope, beat: Reading<number>, nowMs: number): RunLife {
  const beatAtMs = beat.kind === 'present' ? beat.atMs : undefined;
  if (beatAtMs === undefined || isBeforeBoot(host, scope, beatAtMs)) return 'over';
  return Math.abs(nowMs - beatAtMs) < policy.staleMs ? 'live' : 'over'; // its clock may be ahead of ours, not by any time
}

/** The claim's record is unreadable, but it is a hard link: the folder whose `run` is the same inode is the run's. */
function folderOfClaim(dir: string, claimFile: string): string | undefined {
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
