import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stop } from '@pm/monitor';
import { cgroupMembers, type Identity, identify, isAlive } from '@pm/process';
import { assetPath } from '../assets.ts';
import type { DoctorCheck, DoctorFinding } from './doctor-answer.ts';
import type { TestBed } from './test-bed.ts';

export const TREE: DoctorCheck = { check: 'tree', what: 'a stop ends all processes' };

const ROLES = ['root', 'child', 'session', 'daemon'];
const GRACE_MS = 200;

// Why: contributing/decisions/2026-11-23-a-command-begins-in-its-cgroup.md
const UNCONFINED =
  'No cgroup can be made here. A stop does not end a process that clears its environment, makes a session of its own and forks twice. It reports that process as one that may belong to the run';
const DELEGATE =
  'start pm where it may create cgroups: systemd-run --user --scope -p Delegate=yes, or a container with a writable cgroup v2';

/** Stops a run that has a child, a child in its own session, and one that has forked twice and ignores SIGTERM. */
export async function tree(place: TestBed, signal: AbortSignal): Promise<DoctorFinding> {
  const run = await place.start('tree', ['/bin/sh', assetPath('assets/scatter.sh'), place.folder]);
  const members = await scattered(place.folder, signal);
  const confined = run.cgroup !== undefined && cgroupMembers(run.cgroup).length > 0;
  const means = confined ? 'a cgroup of its own, which no process leaves unnoticed' : 'environment marks and parents';
  const beganAt = performance.now();
  const options = { by: `pm doctor ${process.pid}`, reason: 'checked', graceMs: GRACE_MS, signal };
  const outcome = await stop(place.dir, run, options);
  const tookMs = Math.round(performance.now() - beganAt);
  const left = members.filter(isAlive);
  if (members.length === ROLES.length && left.length === 0 && outcome?.outcome === 'cancelled') {
    const fact = `${members.length} of ${members.length} processes ended in ${tookMs} ms, one of them detached by a double fork and ignoring SIGTERM; found by ${means}`;
    return confined
      ? { ...TREE, result: 'pass', fact }
      : { ...TREE, result: 'warn', fact: `${fact}. ${UNCONFINED}`, remedy: DELEGATE };
  }
  const named = left.map(({ pid }) => pid).join(', ');
  return {
    ...TREE,
    result: 'fail',
    fact: `${members.length} of ${ROLES.length} processes started, ${left.length} survived the stop${named === '' ? '' : ` (pid ${named})`}; found by ${means}`,
    remedy: 'check that /proc is mounted for this pid namespace and readable; jobs may leave processes behind here',
  };
}

/** The identities of all processes of the job; fewer if some did not start in time. */
async function scattered(folder: string, signal: AbortSignal): Promise<Identity[]> {
  const found = new Map<string, Identity>();
  for (const giveUpAt = performance.now() + 3_000; performance.now() < giveUpAt && !signal.aborted; await sleep(10)) {
    for (const role of ROLES) {
      const identity = identify(pidIn(join(folder, role)));
      if (identity !== undefined) found.set(role, identity);
    }
    if (found.size === ROLES.length) break;
  }
  return [...found.values()];
}

function pidIn(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}
