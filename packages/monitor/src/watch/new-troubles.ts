import { dirname } from 'node:path';
import type { Attention } from '@pm/protocol';
import { isOutOfRoom } from '@pm/protocol/fs';
import { clearNotified, readNotified } from '../finish/notified-troubles.ts';
import { type Trouble, troublesOf } from '../judge/attention.ts';
import type { Verdict } from '../judge/verdict.ts';
import type { Look } from '../look/observe.ts';
import { isDenied } from '../look/transient-errors.ts';
import type { WatchedRun } from '../look/watched-run.ts';

/**
 * The trouble to report if a full disk, or a folder that is not writable, prevents a verdict from being recorded. Until
 * that is over, nothing else can be reported about the run.
 * @returns undefined if the error is another one, or if this watcher has reported it already
 */
export function newRefusal(dir: string, watched: WatchedRun, verdict: Verdict, error: unknown): Trouble | undefined {
  const isFull = isOutOfRoom(error);
  if (!isFull && !isDenied(error)) return undefined;
  const attention = isFull ? 'disk-full' : 'unwritable';
  const notified = notifiedBy(dir, watched);
  if (notified.has(attention)) return undefined;
  notified.add(attention);
  const what =
    verdict.verdict === 'order'
      ? `${verdict.evidence}; but the order to end it cannot be written`
      : 'it has ended, but its outcome cannot be written yet';
  const { code, path = watched.folder } = error as NodeJS.ErrnoException;
  const why = isFull ? `the disk of ${dir} is full` : `${dirname(path)} cannot be written to (${code})`;
  return { attention, evidence: `${what}: ${why}` };
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

/** What this watcher and those before it have reported. What cannot be recorded is reported once by each watcher. */
function notifiedBy(dir: string, watched: WatchedRun): Set<Attention> {
  watched.notified ??= new Set(
    readNotified(dir, watched.run.id).filter((kind) => kind !== 'disk-full' && kind !== 'unwritable'),
  );
  return watched.notified;
}
