import { existsSync } from 'node:fs';
import {
  type ActivitySample,
  activityBetween,
  growTree,
  isBeforeBoot,
  isSamePidScope,
  lifeOf,
  membersOf,
  type PidScope,
  sampleActivity,
  type Tree,
} from '@pm/process';
import { type Ending, type IdentityRecord, type RunRecord, runPaths } from '@pm/protocol';
import { presentIn, type Reading, type RunOnDisk, readAttempt, readOutcome, readRun, statOf } from '@pm/protocol/fs';
import { announcementOf, foreignHasEnded, foreignSigns, foreignSilence } from '../foreign/foreign-files.ts';
import { treeIntervalMs } from '../judge/look-interval.ts';
import { isBetweenAttempts, isOrder, type Observation, type Sighting } from '../judge/observation.ts';
import { firstSilence, nextSilence, type SilenceState } from '../judge/silence.ts';
import { awakeClockMs, sinceClaimMs } from './clocks.ts';
import { readFolderStamp } from './folder-stamp.ts';
import type { Snapshot } from './snapshot.ts';
import { readTrace } from './trace.ts';

/** One look and what the next one will be compared with. */
export interface Look {
  readonly observation: Observation;
  readonly silence: SilenceState;
  readonly tree: Tree | undefined;
  readonly sample: ActivitySample | undefined;
  /** When the tree was looked at: at this look, or at one before (`treeIntervalMs`). */
  readonly treeAtMs: number;
  readonly atMs: number;
  readonly disk: RunOnDisk;
  /** Its folder's time (`readFolderStamp`) from before the records were read. */
  readonly folderStampMs: number | undefined;
}

/**
 * Looks at a run once: its records, its processes, its signs of life. Changes nothing.
 * @param plannedGapMs how long after the look before this one was meant to come
 */
export function observe(
  dir: string,
  run: RunRecord,
  snapshot: Snapshot,
  before: Look | undefined,
  plannedGapMs: number,
): Look {
  const paths = runPaths(dir, run.id);
  const folderStampMs = readFolderStamp(paths.folder, snapshot.wallMs);
  // What has a name in the folder, and what has none, is as the look before found it.
  const same = folderStampMs !== undefined && folderStampMs === before?.folderStampMs ? before : undefined;
  let disk = readRun(dir, run.id, same?.disk);
  let sight = sightings(run, disk, snapshot.scope);
  // Read again after finding the wrapper gone: it may have recorded the exit, or another attempt's command, between the two.
  if (sight.wrapper === 'gone' && disk.exit.kind !== 'present') {
    disk = readRun(dir, run.id);
    sight = sightings(run, disk, snapshot.scope);
  }
  const attempt = readAttempt(dir, run);
  const ending = presentIn(disk.ending);
  const foreign = run.foreign !== undefined;
  const exited = foreign ? foreignHasEnded(dir, run, snapshot.wallMs) : disk.exit.kind === 'present';
  const root = presentIn(disk.command);
  const here = sight.wrapper !== 'elsewhere' && root !== undefined;
  // After an exit nobody else is looked for, unless an order says that the whole tree has to go.
  const looking = here && (isOrder(ending) || (!exited && isTreeDue(run, snapshot, before, plannedGapMs)));
  const tree = looking
    ? growTree(queryOf(run, root, presentIn(disk.wrapper)), before?.tree, snapshot.table())
    : before?.tree;
  const members = tree === undefined ? [] : membersOf(tree);
  const sample = looking ? sampleActivity(members, snapshot.table()) : before?.sample;
  const treeAtMs = looking || before === undefined ? snapshot.monotonicMs : before.treeAtMs;
  const gapMs = before === undefined ? 0 : snapshot.monotonicMs - before.atMs;
  const active =
    looking && sample && before?.sample
      ? activityBetween(before.sample, sample, treeAtMs - before.treeAtMs).active
      : undefined;
  const signs = {
    beat: presentIn(disk.heartbeat),
    beatWallAgeMs: disk.heartbeat.kind === 'present' ? snapshot.wallMs - disk.heartbeat.atMs : 0,
    logBytes: sizeOf(paths.log) + (run.split === true ? sizeOf(paths.errors) : 0),
    ownBeatAtMs: statOf(paths.beat)?.mtimeMs ?? 0,
    cpuMs: sample?.cpuMs ?? 0,
    ioBytes: sample?.ioBytes ?? 0,
    active,
    excused: sight.command === 'stopped' || isBetweenAttempts({ attempt, exited, ending }),
    ...(attempt !== undefined && { attempt: attempt.n }),
    unattended: sight.wrapper === 'gone',
    awakeAtMs: awakeClockMs(),
    ordered: ending !== undefined,
    unrecorded: disk.exit.kind === 'malformed' && disk.exit.why === 'empty',
    sinceClaimMs: sinceClaimMs(run, snapshot.scope, snapshot.wallMs),
    ...(foreign && foreignSigns(dir, run, before === undefined, snapshot.wallMs)),
  };
  const silence =
    before === undefined
      ? firstSilence(signs, run.policy, foreign ? foreignSilence(signs, run, snapshot.wallMs) : readTrace(dir, run.id))
      : nextSilence(before.silence, signs, gapMs, plannedGapMs, run.policy);
  return {
    observation: {
      gapMs,
      plannedGapMs: before === undefined ? 0 : plannedGapMs,
      concluded: same?.observation.concluded ?? (!exited && readOutcome(dir, run.id).kind === 'present'),
      exited,
      unrecordedMs: signs.unrecorded ? silence.unrecordedMs : undefined,
      ...(foreign && !exited && { superseded: announcementOf(dir, run) !== 'there' }),
      ending,
      orderAgeMs: silence.orderAgeMs,
      rebooted: isBeforeBoot(
        run.host,
        snapshot.scope,
        disk.heartbeat.kind === 'present' ? disk.heartbeat.atMs : undefined,
      ),
      ...sight,
      attempt,
      treeAlive: members.length > 0,
      sinceClaimMs: signs.sinceClaimMs,
      // Asked again after reading: whoever deletes may have begun between the two.
      changing: folderStampMs === undefined || readFolderStamp(paths.folder, snapshot.wallMs) !== folderStampMs,
      // The starter leaves a beat of 0: another one is its wrapper's, and that there is none somebody's who deletes.
      begun: signs.beat !== 0,
      elapsedMs: silence.elapsedMs,
      limitMs: limitOf(run, disk),
      unidentified: sight.wrapper === 'elsewhere' && isSamePidScope(run.host, snapshot.scope),
      beatWallAgeMs: Math.max(signs.beatWallAgeMs, 0),
      beatAgeMs: foreign ? silence.silentMs : silence.beatAgeMs,
      silentMs: silence.silentMs,
      missedLooks: silence.missedLooks,
      quietMs: silence.quietMs,
      logTruncated: same?.observation.logTruncated ?? existsSync(paths.truncated),
    },
    silence,
    tree,
    sample,
    treeAtMs,
    atMs: snapshot.monotonicMs,
    disk,
    folderStampMs,
  };
}

function isTreeDue(
  { policy }: RunRecord,
  { monotonicMs }: Snapshot,
  before: Look | undefined,
  plannedMs: number,
): boolean {
  if (before?.tree === undefined) return true;
  return monotonicMs - before.treeAtMs >= treeIntervalMs(policy) - plannedMs / 2; // rather a bit early than a whole look late
}

/** Its limit as it was last moved; whatever the record says, the hard one holds. */
function limitOf({ policy }: RunRecord, { deadline }: RunOnDisk): number | null {
  const limitMs = deadline.kind === 'present' ? deadline.value : policy.timeoutMs;
  const { hardTimeoutMs } = policy;
  return hardTimeoutMs === undefined ? limitMs : Math.min(limitMs ?? hardTimeoutMs, hardTimeoutMs);
}

/**
 * How a run's processes are told from all others.
 * @param wrapper of a run that may be retried: what an attempt before the root's left running is older than the root
 */
export function queryOf(
  run: RunRecord,
  root: IdentityRecord,
  wrapper: IdentityRecord | undefined,
): Parameters<typeof growTree>[0] {
  const isRetried = (run.policy.retries ?? 0) > 0;
  return {
    root,
    ...(isRetried && wrapper !== undefined && { since: wrapper.startTime }),
    marker: `PM_RUN_ID=${run.id}`,
    output: `/runs/${run.id}/`,
    ...(run.cgroup !== undefined && { cgroup: run.cgroup }),
  };
}

function sightings(run: RunRecord, disk: RunOnDisk, scope: PidScope): { wrapper: Sighting; command: Sighting } {
  const here = isSamePidScope(run.host, scope);
  const sight = (reading: Reading<IdentityRecord>): Sighting => {
    if (reading.kind === 'absent' || (reading.kind === 'malformed' && reading.why === 'empty')) return 'unseen';
    // Unreadable is not gone: such a run is judged by its records and its beat alone.
    return here && reading.kind === 'present' ? lifeOf(reading.value) : 'elsewhere';
  };
  const wrapper = sight(disk.wrapper);
  // A zombie records nothing any more, and stays one for good where nobody reaps orphans (a container without an init).
  return { wrapper: wrapper === 'zombie' ? 'gone' : wrapper, command: sight(disk.command) };
}

function sizeOf(path: string): number {
  return statOf(path)?.size ?? 0;
}

/** The exit code on record, if the wrapper lived to write it. */
export function exitCodeOn(exit: Reading<Ending>): number | undefined {
  return exit.kind === 'present' && exit.value.cause === 'exit' ? exit.value.code : undefined;
}
