import { existsSync } from 'node:fs';
import { type OutcomeRecord, type RunRecord, runPaths } from '@pm/protocol';
import { readOutcome } from '@pm/protocol/fs';
import { conclude, concludeByVerdict } from '../finish/conclude.ts';
import { decide } from '../judge/decide.ts';
import { isFinal, type Verdict } from '../judge/verdict.ts';
import { type Look, observe } from '../look/observe.ts';
import { type Snapshot, takeSnapshot } from '../look/snapshot.ts';
import { isDenied, isTransient } from '../look/transient-errors.ts';

/** One look at a run, and what it means. */
export interface Judged {
  readonly look: Look;
  readonly verdict: Verdict;
}

/** What a run has come to at this moment. */
export type Judgement =
  /** It has ended, and its outcome is on record. */
  | { readonly kind: 'ended'; readonly outcome: OutcomeRecord }
  /** It has not ended. */
  | ({ readonly kind: 'live' } & Judged)
  /** Its records were deleted: nothing can be judged. */
  | { readonly kind: 'vanished' }
  /** It has ended, but its outcome cannot be read. `why`: what is wrong with it. */
  | ({ readonly kind: 'unreadable'; readonly why: string } & Judged)
  /** It has ended, but its outcome cannot be written now. `why`: the code of the error, such as `ENOSPC`. */
  | ({ readonly kind: 'unwritable'; readonly why: string } & Judged);

/**
 * Looks at a run and decides what that means. Changes nothing.
 * @param before the look before this one, if the caller keeps looking
 * @param plannedGapMs how long after `before` this look was meant to come
 */
export function judge(dir: string, run: RunRecord, snapshot: Snapshot, before?: Look, plannedGapMs = 0): Judged {
  const look = observe(dir, run, snapshot, before, plannedGapMs);
  return { look, verdict: decide(look.observation, run.policy) };
}

/**
 * Judges a run by one look, and concludes it if it is over. Never waits, never kills.
 * @param by who looks, for the events of the run
 * @param shared for runs that are looked at together: to scan the machine for each of a hundred takes seconds
 * @throws ENOENT if the records are deleted meanwhile
 * @throws PmError `not-supported` if another program has written an outcome meanwhile that cannot be read
 */
export function judgeOnce(dir: string, run: RunRecord, by: string, shared?: Snapshot): Judgement {
  const { ended, folder } = runPaths(dir, run.id);
  const known = readOutcome(dir, run.id);
  if (known.kind === 'present') {
    if (!existsSync(ended)) orRefusal(() => conclude(dir, run, { by }));
    return { kind: 'ended', outcome: known.value };
  }
  if (!existsSync(folder)) return { kind: 'vanished' };
  let judged = judge(dir, run, shared ?? takeSnapshot());
  // An outcome is final. It must not rest on a clock or a scan that is older than the records.
  if (shared !== undefined && isFinal(judged.verdict)) judged = judge(dir, run, takeSnapshot());
  const { look, verdict } = judged;
  if (!isFinal(verdict)) return { kind: 'live', look, verdict };
  if (known.kind === 'newer') return { kind: 'unreadable', why: 'a newer pm wrote it', look, verdict };
  const outcome = orRefusal(() => concludeByVerdict(dir, run, verdict, look.tree, by));
  return typeof outcome === 'string' ? { kind: 'unwritable', why: outcome, look, verdict } : { kind: 'ended', outcome };
}

/** The code of the error if the machine refuses for now: a full disk, no free handles, a folder that is not writable. */
function orRefusal<T>(write: () => T): T | string {
  try {
    return write();
  } catch (error) {
    if (!isTransient(error) && !isDenied(error)) throw error;
    return String((error as NodeJS.ErrnoException).code);
  }
}
