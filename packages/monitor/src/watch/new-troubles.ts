import type { Attention } from '@pm/protocol';
import { clearNotified, readNotified } from '../finish/notified-troubles.ts';
import { type Trouble, troublesOf } from '../judge/attention.ts';
import type { Verdict } from '../judge/verdict.ts';
import type { Look } from '../look/observe.ts';
import type { WatchedRun } from '../look/watched-run.ts';

/**
 * The trouble to report if a full disk prevents a verdict from being recorded. Until there is room, nothing else can be
 * reported about the run.
 * @returns undefined if this watcher has reported it already
 */
export function newDiskFullTrouble(dir: string, watched: WatchedRun, verdict: Verdict): Trouble | undefined {
  const notified = notifiedBy(dir, watched);
  if (notified.has('disk-full')) return undefined;
  notified.add('disk-full');
  const what =
    verdict.verdict === 'order'
      ? `${verdict.evidence}; but the order to end it cannot be written`
      : 'it has ended, but its outcome cannot be written yet';
  return { attention: 'disk-full', evidence: `${what}: the disk is full` };
}

/** Troubles that began since the last look and that nobody was notified of. Those that are over are forgotten. */
export function newTroubles(dir: string, watched: WatchedRun, look: Look): Trouble[] {
  const { run } = watched;
  const notified = notifiedBy(dir, watched);
  const troubles = troublesOf(look.observation, run.policy);
  const { limitMs } = look.observation;
  for (const kind of notified) {
    if (troubles.some(({ attention }) => attention === kind)) continue;
    // Two monitors count the time a little differently. Once near its limit, a run stays near it until the limit is
    // moved.
    if (kind === 'deadline' && limitMs === (watched.look?.observation.limitMs ?? limitMs)) continue;
    notified.delete(kind);
    clearNotified(dir, run.id, kind);
  }
  const fresh = troubles.filter(({ attention }) => !notified.has(attention));
  for (const { attention } of fresh) notified.add(attention);
  return fresh;
}

/** What this watcher and those before it have reported. A full disk cannot be recorded, so each watcher reports it once. */
function notifiedBy(dir: string, watched: WatchedRun): Set<Attention> {
  watched.notified ??= new Set(readNotified(dir, watched.run.id).filter((kind) => kind !== 'disk-full'));
  return watched.notified;
}
