import { readClaim } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import type { KeptClaim } from './find-run.ts';
import { restoreUnrecorded } from './restore-runs.ts';
import { adoptForeignRuns, claimOf, openIds, runNames } from './run-names.ts';
import { type UnseenEndings, unseenBy } from './unseen-endings.ts';

/** The runs that the caller has still to hear of. */
export interface PendingRuns {
  /** The runs whose end was not announced, the newest first. One look says whether they are live. */
  readonly open: readonly KeptClaim[];
  /** The ids of the runs that have ended unseen, the newest first. */
  readonly unseen: readonly string[];
  readonly endings: UnseenEndings;
}

/** What the caller has still to hear of. It is found by names: what was told before costs nothing, however much it is. */
export function pendingRuns(dir: string, context: Context): PendingRuns {
  restoreUnrecorded(dir, `pm ${process.pid}`);
  adoptForeignRuns(dir);
  const names = runNames(dir);
  const endings = unseenBy(dir, context);
  const open = claimsOfIds(dir, openIds(names));
  return {
    open: [...open, ...open.flatMap((claim) => unreadableAbove(dir, claim))],
    unseen: endings.among(names.ids.filter((id) => names.ended.has(id))),
    endings,
  };
}

/** The newest claim of the step of a run, if that is a newer one which cannot be read. */
function unreadableAbove(dir: string, { step, back }: KeptClaim): KeptClaim[] {
  const newest = back === 0 ? undefined : readClaim(dir, step);
  return newest === undefined || newest.run.kind === 'present' ? [] : [{ ...newest, step, back: 0 }];
}

/** The claims of these runs, without those that are deleted meanwhile or never began. */
export function claimsOfIds(dir: string, ids: readonly string[]): KeptClaim[] {
  return ids.flatMap((id) => claimOf(dir, id) ?? []);
}
