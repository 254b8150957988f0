import { encodeEnding, runPaths } from '@pm/protocol';
import { presentIn, readRecord } from '@pm/protocol/fs';
import { claimsOfIds, type PendingRuns } from '../runs/pending-runs.ts';
import { viewsOf } from '../runs/views-of.ts';
import type { Next, RunView } from '../shape/answer.ts';

/** How many endings a wait tells at once: a failure is 1.5 kB of an agent's context. `recover` tells the others. */
const AT_ONCE = 10;

/** Endings that a wait without names tells because nobody was told of them. */
export interface UntoldEndings {
  readonly runs: readonly RunView[];
  /** One sentence for each run whose record cannot be read. */
  readonly malformed: readonly string[];
  /** The call that tells the rest. */
  readonly next: readonly Next[];
}

// Why: contributing/decisions/2026-11-29-a-wait-tells-what-has-ended.md
/**
 * The endings that the caller has not heard of, failures first, each newest first. If there are more than a wait shows, the rest stays
 * unseen. A failure is never among the rest while a success is shown.
 * @param told the ids of runs that the answer has already
 * @param by who looks, for the events of the runs
 */
export async function untoldEndings(
  where: string,
  { unseen, endings }: PendingRuns,
  told: ReadonlySet<string | undefined>,
  named: string | undefined,
  by: string,
): Promise<UntoldEndings> {
  const ids = unseen.filter((id) => !told.has(id));
  const due = ids.length > AT_ONCE ? failuresFirst(where, ids).slice(0, AT_ONCE) : ids;
  const { runs, malformed } = await viewsOf(where, claimsOfIds(where, due), endings, by);
  const left = ids.length - due.length;
  const input = named === undefined ? {} : { dir: named };
  const why = `see ${left} more ${left === 1 ? 'run that has' : 'runs that have'} ended unseen`;
  return {
    malformed,
    runs: runs.filter((run) => run.unseen === true).sort(failedThenNewest),
    next: left > 0 ? [{ operation: 'recover', input, why }] : [],
  };
}

const EXIT_ZERO = encodeEnding({ cause: 'exit', code: 0 });

/** The announced ending is read, which is 10 bytes. Whatever is not exit 0 counts as a failure here. */
function failuresFirst(where: string, ids: readonly string[]): string[] {
  const failures: string[] = [];
  const successes: string[] = [];
  for (const id of ids) {
    const ending = presentIn(
      readRecord(runPaths(where, id).ended, (text) => ({ kind: 'present', value: text, atMs: 0 })),
    );
    (ending === EXIT_ZERO ? successes : failures).push(id);
    if (failures.length === AT_ONCE) break;
  }
  return [...failures, ...successes];
}

function failedThenNewest(a: RunView, b: RunView): number {
  const rank = ({ outcome }: RunView): number => (outcome === 'success' ? 1 : 0);
  return rank(a) - rank(b) || (b.endedAt ?? b.startedAt) - (a.endedAt ?? a.startedAt);
}
