import { type RunRecord, readerNameOf, runPaths } from '@pm/protocol';
import { markSeen, readersOf, seenBy, statOf } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { ownerOf } from '../project/owner.ts';
import type { RunView } from '../shape/answer.ts';
import { isLive } from './outcome-view.ts';

/** How long an ending that its owner never read is news to every session that asks, once one of them was told. */
const UNSEEN_FOR_MS = 86_400_000;

/** Tells of an ended run whether who asks should hear of it. */
export type UnseenPredicate = (run: RunRecord) => boolean;

// Why: contributing/decisions/2026-11-23-who-is-told.md
/**
 * What is news here to who asks. An ending is, until it was told to them or to the run's owner: what a crashed agent never read
 * reaches the next one, and what its owner has read bothers nobody else. Once anybody was told it is news to others for a day.
 * Of a foreign writer's run nobody knows the owner: whoever is told first stands for it.
 */
export function unseenBy(dir: string, context: Context): UnseenPredicate {
  const sets = new Map<string, Set<string>>();
  const seen = (reader: string): Set<string> => {
    const known = sets.get(reader) ?? seenBy(dir, reader);
    sets.set(reader, known);
    return known;
  };
  let everybody: readonly string[] | undefined;
  const isTold = (id: string): boolean => {
    everybody ??= readersOf(dir);
    return everybody.some((reader) => seen(reader).has(id));
  };
  const me = readerNameOf(ownerOf(context));
  return ({ id, owner, foreign }) => {
    if (seen(me).has(id) || seen(readerNameOf(owner)).has(id)) return false;
    if (readerNameOf(owner) === me || !isTold(id)) return true;
    return foreign === undefined && Date.now() - endedAtMs(dir, id) < UNSEEN_FOR_MS;
  };
}

/** Notes, once the answer was written, that who asked was told of the endings in it. */
export function markSeenAfterAnswer(views: readonly RunView[], dir: string, context: Context): void {
  const ids = views.flatMap((view) => (!isLive(view) && view.id !== undefined ? [view.id] : []));
  if (ids.length > 0) context.answered?.(() => markSeen(dir, readerNameOf(ownerOf(context)), ids));
}

/** By the link that announces the end; later than anything where it is not there yet. */
function endedAtMs(dir: string, id: string): number {
  return statOf(runPaths(dir, id).ended)?.mtimeMs ?? Number.POSITIVE_INFINITY;
}
