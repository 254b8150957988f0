import { nearLimitMs, type Snapshot } from '@pm/monitor';
import type { RunRecord } from '@pm/protocol';
import { presentIn, queuedSteps, readOutcome, readQueued, readRunRecord } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { everyDirectory } from '../project/known-directories.ts';
import { isOwnedBy, ownerOf } from '../project/owner.ts';
import { claimOf, openIds, runNames } from '../runs/run-names.ts';
import { unseenBy } from '../runs/unseen-endings.ts';
import type { RunView } from '../shape/answer.ts';
import type { RunsSummary } from '../shape/runs-summary.ts';
import { isSurelyCalm } from './surely-calm.ts';

/** Of the endings that nobody has seen, so many are looked at, the newest first. */
const MOST_ENDINGS = 100;

/** Which runs are summarised. */
interface SummaryFilter {
  readonly mine?: boolean | undefined;
  readonly everywhere?: boolean | undefined;
}

// Why: contributing/decisions/2026-11-29-one-line-of-all-runs.md
/**
 * The runs of a directory, or of all directories of this user, in a few numbers. It starts nothing and adopts nothing. A run is judged only if
 * a glance cannot tell how it is; the end of a run whose wrapper was killed is found and recorded that way.
 */
export async function summarise(here: string, filter: SummaryFilter, context: Context): Promise<RunsSummary> {
  const dirs = filter.everywhere === true ? everyDirectory(here, context.env).dirs : [here];
  const all: RunsSummary = { running: 0, queued: 0, attention: [], failed: [] };
  const snapshots: Snapshots = {};
  for (const dir of dirs) {
    const one = await summariseOne(dir, filter.mine === true, snapshots, context);
    all.running += one.running;
    all.queued += one.queued;
    all.attention.push(...one.attention);
    all.failed.push(...one.failed);
  }
  return all;
}

/** One scan of the machine, if any, for all runs. */
interface Snapshots {
  shared?: Snapshot;
}

async function summariseOne(
  dir: string,
  isOnlyMine: boolean,
  snapshots: Snapshots,
  context: Context,
): Promise<RunsSummary> {
  const names = runNames(dir);
  const me = ownerOf(context);
  const isAsked = (run: Pick<RunRecord, 'owner'>): boolean => !isOnlyMine || isOwnedBy(me, run);
  const summary: RunsSummary = {
    running: 0,
    queued: queuedIn(dir, isOnlyMine ? isAsked : undefined),
    attention: [],
    failed: [],
  };
  const concluded: string[] = [];
  for (const id of openIds(names)) {
    const run = presentIn(readRunRecord(dir, id));
    if (run === undefined || !isAsked(run)) continue;
    const outcome = presentIn(readOutcome(dir, id));
    if (outcome === undefined && isSurelyCalm(dir, run)) summary.running += 1;
    else if (outcome !== undefined) concluded.push(id);
    else {
      const view = await judged(dir, run, snapshots);
      const attention = view === undefined ? undefined : attentionIn(view);
      if (view?.state === 'ended') concluded.push(id);
      else if (attention !== undefined) summary.attention.push({ step: run.step, attention });
      else if (view !== undefined && view.state !== 'malformed') summary.running += 1;
    }
  }
  const ended = [...concluded, ...names.ids.filter((id) => names.ended.has(id))];
  for (const id of unseenBy(dir, context).among(ended).slice(0, MOST_ENDINGS)) {
    const recorded = presentIn(readOutcome(dir, id))?.outcome;
    if (recorded === 'success') continue;
    const claim = claimOf(dir, id);
    const run = claim === undefined ? undefined : presentIn(claim.run);
    if (claim?.back !== 0 || run === undefined || !isAsked(run)) continue;
    // A wrapper announces the end. The outcome is recorded by whoever judges it first, and that may be this call.
    const outcome = recorded ?? (await judged(dir, run, snapshots))?.outcome;
    if (outcome !== undefined && outcome !== 'success') summary.failed.push({ step: run.step, outcome });
  }
  return summary;
}

/** The view of a run that a glance cannot tell of; undefined if its files cannot be read. The judging is loaded for the first one. */
async function judged(dir: string, run: RunRecord, snapshots: Snapshots): Promise<RunView | undefined> {
  const { takeSnapshot, viewNow } = await import('../runs/run-view.ts');
  snapshots.shared ??= takeSnapshot();
  try {
    return viewNow(dir, run, 'pm ls', snapshots.shared);
  } catch {
    return undefined; // deleted meanwhile, or written by another program: pm ls says so
  }
}

function attentionIn({
  state,
  elapsedMs,
  limitMs,
}: RunView): RunsSummary['attention'][number]['attention'] | undefined {
  if (state === 'quiet' || state === 'suspended') return state;
  const nearMs = limitMs === undefined ? undefined : nearLimitMs({ limitMs });
  return state === 'running' && nearMs !== undefined && elapsedMs >= nearMs ? 'deadline' : undefined;
}

/** Only names are read, unless those of one owner are asked for. */
function queuedIn(dir: string, isAsked: ((record: Pick<RunRecord, 'owner'>) => boolean) | undefined): number {
  const steps = queuedSteps(dir);
  if (isAsked === undefined) return steps.length;
  return steps.filter((step) => {
    const record = presentIn(readQueued(dir, step));
    return record !== undefined && isAsked(record);
  }).length;
}
