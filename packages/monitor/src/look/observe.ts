import { existsSync } from 'node:fs';
import { bootClockMs, isBeforeBoot, isSamePidScope, lifeOf, membersOf, type PidScope } from '@pm/process';
import { type IdentityRecord, type RunLease, type RunRecord, runPaths } from '@pm/protocol';
import {
  hasQueued,
  presentIn,
  type Reading,
  type RunOnDisk,
  readAttempt,
  readLease,
  readOutcome,
  readRun,
  statOf,
} from '@pm/protocol/fs';
import { hasCommandExited, isBetweenAttempts, isOrder, type Observation, type Sighting } from '../judge/observation.ts';
import { firstSilence, nextSilence, type SignsOfLife, type SilenceState } from '../judge/silence.ts';
import { sourceOf } from '../source/source-of.ts';
import { awakeClockMs, sinceClaimMs } from './clocks.ts';
import { failingChecks } from './failing-checks.ts';
import { readFolderStamp } from './folder-stamp.ts';
import { mirrorNews } from './mirror-news.ts';
import { findObstacle } from './obstacle.ts';
import { isTreeDue, lookAtTree, type TreeLook } from './run-tree.ts';
import type { Snapshot } from './snapshot.ts';

/** One look, and what the next one will be compared with. */
export interface Look extends TreeLook {
  readonly observation: Observation;
  readonly silence: SilenceState;
  /** When, on the watcher's monotonic clock. */
  readonly atMs: number;
  readonly disk: RunOnDisk;
  /** Of a run under a lease: the last lease that was read, or that of its start. */
  readonly lease: RunLease | undefined;
  /** The stamp of the run's folder (`readFolderStamp`) from before its records were read. */
  readonly folderStampMs: number | undefined;
}

/**
 * Looks at a run once: its records, its processes, its signs of life. Changes nothing.
 * @param before the look before this one, if there was one
 * @param plannedGapMs how long after `before` this look was meant to come
 */
export function observe(
  dir: string,
  run: RunRecord,
  snapshot: Snapshot,
  before: Look | undefined,
  plannedGapMs: number,
): Look {
  const { wallMs, monotonicMs, scope } = snapshot;
  const paths = runPaths(dir, run.id);
  const source = sourceOf(dir, run);
  const folderStampMs = readFolderStamp(paths.folder, wallMs);
  // The clock is read before the lease. If this process is suspended in between, the lease can only look longer than it is.
  const bootMs = run.lease !== undefined && isSamePidScope(run.host, scope) ? bootClockMs() : undefined;
  const lease = run.lease && (readLease(dir, run.id) ?? before?.lease ?? run.lease);
  const leftMs = lease !== undefined && bootMs !== undefined ? lease.untilMs - bootMs : undefined;
  // With the same stamp the folder has the same names as at the look before, so what it found of them still holds.
  const same = folderStampMs !== undefined && folderStampMs === before?.folderStampMs ? before : undefined;
  const { disk, sight } = readRecords(dir, run, scope, same?.disk);
  const attempt = readAttempt(dir, run);
  const ending = presentIn(disk.ending);
  const exited = disk.exit.kind === 'present' || source.saysEnded(wallMs);
  // After the exit nobody looks for processes, unless an order says that the whole tree has to go.
  const isTreeNeeded =
    isOrder(ending) ||
    (!exited && ((leftMs !== undefined && leftMs <= 0) || isTreeDue(run, snapshot, before, plannedGapMs)));
  const tree = lookAtTree(run, disk, snapshot, before, sight.wrapper !== 'elsewhere' && isTreeNeeded);
  const isOpened = disk.exit.kind === 'malformed' && disk.exit.why === 'empty';
  const isUnrecorded =
    run.foreign === undefined &&
    sight.wrapper !== 'gone' &&
    (isOpened || hasCommandExited({ ...sight, attempt, exited, ending }));
  const obstacle = isUnrecorded && !exited ? findObstacle(dir, paths, isOpened) : undefined;
  const signs: SignsOfLife = {
    beat: presentIn(disk.heartbeat),
    beatWallAgeMs: disk.heartbeat.kind === 'present' ? wallMs - disk.heartbeat.atMs : 0,
    logBytes: sizeOf(paths.log) + (run.split === true ? sizeOf(paths.errors) : 0),
    ownBeatAtMs: statOf(paths.beat)?.mtimeMs ?? 0,
    cpuMs: tree.sample?.cpuMs ?? 0,
    ioBytes: tree.sample?.ioBytes ?? 0,
    active: tree.active,
    excused:
      sight.command === 'stopped' || isBetweenAttempts({ attempt, exited, ending }) || isOutputUnseen(run, paths.log),
    ...(attempt !== undefined && { attempt: attempt.n }),
    unattended: sight.wrapper === 'gone',
    awakeAtMs: awakeClockMs(),
    ordered: ending !== undefined,
    unrecorded: obstacle !== undefined,
    sinceClaimMs: sinceClaimMs(run, scope, wallMs),
    ...source.signs(before === undefined, wallMs),
  };
  const gapMs = before === undefined ? 0 : monotonicMs - before.atMs;
  const silence =
    before === undefined
      ? firstSilence(signs, run.policy, source.inheritedSilence(signs, wallMs))
      : nextSilence(before.silence, signs, gapMs, plannedGapMs, run.policy);
  const observation: Observation = {
    gapMs,
    plannedGapMs: before === undefined ? 0 : plannedGapMs,
    concluded: same?.observation.concluded ?? (!exited && readOutcome(dir, run.id).kind === 'present'),
    exited,
    obstacle,
    unrecordedMs: obstacle === undefined ? undefined : silence.unrecordedMs,
    adopted: run.adopted !== undefined,
    superseded: !exited && source.isSuperseded(),
    remark: exited ? undefined : source.remark(),
    ending,
    orderAgeMs: silence.orderAgeMs,
    rebooted: isBeforeBoot(run.host, scope, disk.heartbeat.kind === 'present' ? disk.heartbeat.atMs : undefined),
    ...sight,
    attempt,
    treeAlive: tree.tree !== undefined && membersOf(tree.tree).length > 0,
    sinceClaimMs: signs.sinceClaimMs,
    // Read again after the records: their deletion may have begun in between.
    changing:
      folderStampMs === undefined ||
      readFolderStamp(paths.folder, wallMs) !== folderStampMs ||
      (run.queue !== undefined && !existsSync(paths.gate) && hasQueued(dir, run.step)), // whoever started it has died: a monitor starts it again
    // The starter writes a beat of 0. Another number is the wrapper's, and a missing beat means that somebody deletes
    // the records.
    begun: signs.beat !== 0,
    elapsedMs: silence.elapsedMs,
    limitMs: limitOf(run, disk),
    lease:
      lease !== undefined && bootMs !== undefined && leftMs !== undefined
        ? { leftMs, unextendedMs: Math.max(bootMs - lease.atMs, 0) }
        : undefined,
    unidentified: sight.wrapper === 'elsewhere' && isSamePidScope(run.host, scope),
    beatWallAgeMs: Math.max(signs.beatWallAgeMs, 0),
    beatAgeMs: source.beatAgeMs(silence),
    ...(failingChecks(dir, run, attempt?.n ?? 1, wallMs) ?? {
      silentMs: silence.silentMs,
      missedLooks: silence.missedLooks,
    }),
    quietMs: silence.quietMs,
    logTruncated: same?.observation.logTruncated ?? existsSync(paths.truncated),
    ...mirrorNews(dir, run, wallMs),
  };
  return { observation, silence, ...tree, atMs: monotonicMs, disk, lease, folderStampMs };
}

interface Sightings {
  readonly wrapper: Sighting;
  readonly command: Sighting;
}

/**
 * The records of a run, and how its two processes are doing. The records are read again if the wrapper is gone: in
 * between it may have recorded the exit, or started another attempt.
 */
function readRecords(
  dir: string,
  run: RunRecord,
  scope: PidScope,
  known: RunOnDisk | undefined,
): { disk: RunOnDisk; sight: Sightings } {
  const disk = readRun(dir, run.id, known);
  const sight = sightingsOf(run, disk, scope);
  if (sight.wrapper !== 'gone' || disk.exit.kind === 'present') return { disk, sight };
  const again = readRun(dir, run.id);
  return { disk: again, sight: sightingsOf(run, again, scope) };
}

function sightingsOf(run: RunRecord, disk: RunOnDisk, scope: PidScope): Sightings {
  const isHere = run.mirror === undefined && isSamePidScope(run.host, scope);
  const sight = (reading: Reading<IdentityRecord>): Sighting => {
    if (reading.kind === 'absent' || (reading.kind === 'malformed' && reading.why === 'empty')) return 'unseen';
    // A record that cannot be read does not mean that the process is gone: such a run is judged by its records and its
    // beat alone.
    return isHere && reading.kind === 'present' ? lifeOf(reading.value) : 'elsewhere';
  };
  // It never had a wrapper, and is judged as a run whose wrapper was killed.
  if (run.adopted !== undefined) return { wrapper: isHere ? 'gone' : 'elsewhere', command: sight(disk.command) };
  const wrapper = sight(disk.wrapper);
  // A zombie records nothing, and stays a zombie for good where nobody reaps orphans (a container without an init).
  return { wrapper: wrapper === 'zombie' ? 'gone' : wrapper, command: sight(disk.command) };
}

/** The limit as it was last moved, ms; never more than the hard limit, whatever the record says. */
function limitOf({ policy }: RunRecord, { deadline }: RunOnDisk): number | null {
  const limitMs = deadline.kind === 'present' ? deadline.value : policy.timeoutMs;
  const { hardTimeoutMs } = policy;
  return hardTimeoutMs === undefined ? limitMs : Math.min(limitMs ?? hardTimeoutMs, hardTimeoutMs);
}

// Why: contributing/decisions/2026-11-29-deleted-records.md
/** Its output is its sign of life, and goes to a log that was deleted. */
function isOutputUnseen({ policy }: RunRecord, log: string): boolean {
  return policy.liveness === 'output' && statOf(log) === undefined;
}

function sizeOf(path: string): number {
  return statOf(path)?.size ?? 0;
}
