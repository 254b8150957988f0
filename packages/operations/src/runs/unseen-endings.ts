import { type RunRecord, readerNameOf, runPaths } from '@pm/protocol';
import { markSeen, presentIn, readersOf, readRunRecord, seenBy, statOf } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { ownerOf } from '../project/owner.ts';
import type { RunView } from '../shape/answer.ts';
import { isLive } from '../shape/is-live.ts';

/** How long an ending that its owner has not seen stays unseen for other sessions after the first of them has seen it. */
const UNSEEN_FOR_MS = 86_400_000;

/** How many of the newest endings that others were told of are looked at. Older ones count as known: to look at each would take seconds. */
const MOST_TOLD_LOOKED_AT = 200;

/** Which endings are unseen for the caller. */
export interface UnseenEndings {
  /** True if this ended run is unseen for the caller. */
  readonly has: (run: RunRecord) => boolean;
  /** True if nobody was told how this run ended. It is decided by names alone. */
  readonly isUntold: (id: string) => boolean;
  /** The unseen ones of these ended runs, in the same order. Records are read only of the newest runs that others were told of. */
  readonly among: (ids: readonly string[]) => string[];
}

// Why: contributing/decisions/2026-11-23-who-is-told.md
/**
 * Which endings are unseen for the caller. An ending is unseen until the caller or the owner of the run has seen it: so what a crashed
 * agent never read reaches the next one, and nobody is shown what the owner knows. After any other reader has seen it, it stays unseen
 * for others for one day. A run that pm did not start has no known owner: the first reader stands for it.
 */
export function unseenBy(dir: string, context: Context): UnseenEndings {
  const sets = new Map<string, Set<string>>();
  const seen = (reader: string): Set<string> => {
    const known = sets.get(reader) ?? seenBy(dir, reader);
    sets.set(reader, known);
    return known;
  };
  let everybody: readonly string[] | undefined;
  const isUntold = (id: string): boolean => {
    everybody ??= readersOf(dir);
    return !everybody.some((reader) => seen(reader).has(id));
  };
  const me = readerNameOf(ownerOf(context));
  const has = ({ id, owner, foreign }: RunRecord): boolean => {
    if (seen(me).has(id) || seen(readerNameOf(owner)).has(id)) return false;
    if (readerNameOf(owner) === me || isUntold(id)) return true;
    return foreign === undefined && Date.now() - endedAtMs(dir, id) < UNSEEN_FOR_MS;
  };
  const among = (ids: readonly string[]): string[] => {
    let looks = MOST_TOLD_LOOKED_AT;
    return ids.filter((id) => {
      if (seen(me).has(id)) return false;
      if (isUntold(id)) return true;
      if (looks-- <= 0) return false;
      const run = presentIn(readRunRecord(dir, id));
      return run !== undefined && has(run);
    });
  };
  return { has, isUntold, among };
}

/** Marks the ended runs of an answer as seen by the caller, after the answer was written. */
export function markSeenAfterAnswer(views: readonly RunView[], dir: string, context: Context): void {
  const ids = views.flatMap((view) => (!isLive(view) && view.id !== undefined ? [view.id] : []));
  if (ids.length > 0) context.answered?.(() => markSeen(dir, readerNameOf(ownerOf(context)), ids));
}

/** When the end was announced, UTC epoch ms; infinity if it is not announced yet. */
function endedAtMs(dir: string, id: string): number {
  return statOf(runPaths(dir, id).ended)?.mtimeMs ?? Number.POSITIVE_INFINITY;
}
