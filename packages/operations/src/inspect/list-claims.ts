import { existsSync } from 'node:fs';
import { type RunRecord, runPaths } from '@pm/protocol';
import { claimNumbers, presentIn, readRunRecord } from '@pm/protocol/fs';
import { claimsOf, type KeptClaim } from '../runs/find-run.ts';
import { adoptForeignRuns, claimOf, hasKeptRun, openIds, type RunNames, runNames } from '../runs/run-names.ts';
import type { UnseenEndings } from '../runs/unseen-endings.ts';

/** The first claims of a list, and how many the whole list has. */
export interface ClaimPage {
  readonly claims: readonly KeptClaim[];
  readonly total: number;
}

/** The walk over the newest runs reads at most this many records. Then the steps that are left are looked at, each once. */
const MOST_READ = 200;
/** Up to this many steps, only those that still have a run are counted. If there are more, all names are counted, which is quicker. */
const MOST_COUNTED = 300;

/**
 * The newest run of each step: first those that may be live, then those whose ending nobody was told, then the others, each newest first.
 * The order comes from names. Only the records of the runs that are listed are read, so that 10 000 runs cost as much as 20.
 * @param limit how many claims are needed
 */
export function newestOfSteps(dir: string, endings: UnseenEndings, limit: number): ClaimPage {
  const steps = adoptForeignRuns(dir);
  if (steps.length <= limit) return allOfSteps(dir, steps, endings);
  const names = runNames(dir);
  const claims: KeptClaim[] = [];
  const listed = new Set<string>();
  const newest = new Map<string, KeptClaim | undefined>();
  const newestOf = (step: string): KeptClaim | undefined => {
    if (!newest.has(step)) newest.set(step, claimsOf(dir, step).next().value);
    return newest.get(step);
  };
  const list = (claim: KeptClaim): void => {
    if (listed.has(claim.step)) return;
    listed.add(claim.step);
    claims.push(claim);
  };
  let read = 0;
  for (const id of byRank(names, endings)) {
    if (claims.length >= limit || listed.size >= steps.length) break;
    if (read++ >= MOST_READ) break;
    const run = presentIn(readRunRecord(dir, id));
    const claim = run === undefined ? claimOf(dir, id) : newestOf(run.step);
    if (claim?.back !== 0) continue;
    if (presentIn(claim.run) === undefined || idOf(claim) === id) list(claim);
  }
  const left = steps.filter((step) => !listed.has(step));
  const isComplete = claims.length >= limit || left.length === 0;
  const rest = isComplete
    ? []
    : inOrder(
        left.flatMap((step) => newestOf(step) ?? []),
        names.ended,
        endings,
      );
  for (const claim of rest) list(claim);
  const kept = isComplete && left.length > 0 ? countKept(dir, left) : 0;
  return { claims: claims.slice(0, limit), total: claims.length + kept };
}

/** Of few steps, the names of all runs are not needed: there may be 10 000 runs of one step. */
function allOfSteps(dir: string, steps: readonly string[], endings: UnseenEndings): ClaimPage {
  const newest = steps.flatMap((step) => claimsOf(dir, step).next().value ?? []);
  const claims = inOrder(newest, { has: (id) => existsSync(runPaths(dir, id).ended) }, endings);
  return { claims, total: claims.length };
}

/**
 * All these claims in the order of a list.
 * @param ended has the runs whose end was announced
 */
export function inOrder(
  claims: readonly KeptClaim[],
  ended: Pick<RunNames['ended'], 'has'>,
  endings: UnseenEndings,
): KeptClaim[] {
  const rank = (claim: KeptClaim): number => {
    const id = idOf(claim);
    if (id === undefined || !ended.has(id)) return 0;
    return endings.isUntold(id) ? 1 : 2;
  };
  const ranked = claims.map((claim) => ({ claim, rank: rank(claim), id: idOf(claim) ?? '' }));
  ranked.sort((a, b) => a.rank - b.rank || (a.id < b.id ? 1 : -1));
  return ranked.map(({ claim }) => claim);
}

/** The runs of a step, the newest first. Of those beyond the limit only the claims are counted. */
export function runsOfStep(dir: string, step: string, limit: number): ClaimPage {
  const claims: KeptClaim[] = [];
  for (const claim of claimsOf(dir, step)) {
    claims.push(claim);
    if (claims.length >= limit) break;
  }
  if (claims.length < limit) return { claims, total: claims.length };
  const isNewestKept = claims[0]?.n === claimNumbers(dir, step)[0];
  return { claims, total: claimNumbers(dir, step).length - (isNewestKept ? 0 : 1) };
}

function* byRank(names: RunNames, { isUntold }: UnseenEndings): Generator<string> {
  yield* openIds(names);
  const ended = names.ids.filter((id) => names.ended.has(id));
  const told: string[] = [];
  for (const id of ended) {
    if (isUntold(id)) yield id;
    else told.push(id);
  }
  yield* told;
}

function countKept(dir: string, steps: readonly string[]): number {
  if (steps.length > MOST_COUNTED) return steps.length;
  return steps.filter((step) => hasKeptRun(dir, step)).length;
}

function idOf({ run }: Pick<KeptClaim, 'run'>): RunRecord['id'] | undefined {
  return presentIn(run)?.id;
}
