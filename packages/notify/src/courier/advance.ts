import { isAlive, isSamePidScope } from '@pm/process';
import { type PlannedTarget, type RunRecord, readerNameOf } from '@pm/protocol';
import { seenBy, waitersOf } from '@pm/protocol/fs';
import { deliver } from '../deliver/deliver.ts';
import { type DeliveryResult, failed } from '../deliver/delivery-result.ts';
import { claimTry, type Ledger, recordEnd, recordFailure, standingOf } from '../ledger/ledger.ts';
import { readSecrets } from '../ledger/plan.ts';
import { deliveryId, type RunEvent } from '../message/facts.ts';
import { isTimeToGiveUp } from '../schedule/backoff.ts';
import { AGAIN_MS, end, failure, type Knowledge, later } from './knowledge.ts';
import type { Workplace } from './workplace.ts';

/** One event of a run for one target. */
export interface Errand {
  readonly run: RunRecord;
  readonly event: RunEvent;
  readonly target: PlannedTarget;
  /** The number of the target in the plan. */
  readonly n: number;
  /** Its name in the ledger. */
  readonly key: string;
  readonly ledger: Ledger;
}

/** How many tries are made at the same time. */
const AT_ONCE = 8;
/** A waiter may have ended before it could record that its owner was told. A Codex thread is told only after this time, ms. */
const TOLD_MS = 2_000;
const TOLD = 'its owner was told by a call of its own';

/** What is to be done about a delivery now. */
type Step =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'is-over' }
  | { readonly kind: 'is-unneeded' }
  | { readonly kind: 'look-again'; readonly inMs: number }
  | { readonly kind: 'try'; readonly n: number; readonly firstAt: number | undefined };

/** Takes one delivery further: records what is not recorded yet, and begins a try if one is due. Returns at once. */
export function advance(place: Workplace, errand: Errand, knowledge: Knowledge): void {
  if (knowledge.state !== 'waiting' || knowledge.dueAtMs > performance.now()) return;
  if (knowledge.unrecorded !== undefined) {
    end(knowledge, knowledge.unrecorded);
    return;
  }
  const { ledger, key } = errand;
  const step = stepOf(place, errand, knowledge);
  switch (step.kind) {
    case 'nothing':
      break;
    case 'is-over':
      knowledge.state = 'over';
      break;
    case 'is-unneeded':
      end(knowledge, () => recordEnd(ledger, key, 'unneeded', 0, TOLD));
      break;
    case 'look-again':
      later(knowledge, step.inMs);
      break;
    case 'try':
      if (isClaimed(place, errand, step.n)) void tryOnce(place, errand, knowledge, step.n, step.firstAt);
      else later(knowledge, AGAIN_MS);
  }
}

function stepOf(place: Workplace, errand: Errand, knowledge: Knowledge): Step {
  const { failedTry = 0 } = knowledge;
  const standing = standingOf(errand.ledger, errand.key, place.scope, Date.now());
  if (standing.kind === 'over') return { kind: 'is-over' };
  // A failure of our own that could not be recorded looks as if the try was still being made.
  const tries = Math.max(standing.tries, failedTry);
  if (standing.kind === 'trying' && standing.tries > failedTry) return { kind: 'look-again', inMs: AGAIN_MS };
  if (standing.kind === 'due') knowledge.failures = Math.max(knowledge.failures, standing.failures);
  if (standing.kind === 'due' && standing.leftMs > 0) return { kind: 'look-again', inMs: standing.leftMs };
  const teller = tellerOf(place.dir, errand);
  if (teller === 'told') return { kind: 'is-unneeded' };
  if (teller === 'a waiter') return { kind: 'look-again', inMs: AGAIN_MS };
  if (place.underway >= AT_ONCE) return { kind: 'nothing' };
  return { kind: 'try', n: tries + 1, firstAt: standing.kind === 'due' ? standing.firstAt : undefined };
}

/** Claims a try. A full disk has no room for the claim: people are told all the same, most of all then. */
function isClaimed({ self, scope }: Workplace, { ledger, key }: Errand, n: number): boolean {
  try {
    return self === undefined || claimTry(ledger, key, n, self, scope);
  } catch {
    return true;
  }
}

async function tryOnce(
  place: Workplace,
  { run, event, target, n, key, ledger }: Errand,
  knowledge: Knowledge,
  tries: number,
  firstAt: number = Date.now(),
): Promise<void> {
  knowledge.state = 'trying';
  place.underway += 1;
  const result = await resultOf(place, { run, event, target, n });
  place.underway -= 1;
  if (result.kind === 'delivered') end(knowledge, () => recordEnd(ledger, key, 'delivered', tries));
  else if (place.signal.aborted)
    return; // the next courier finds the claim of a process that is gone
  else if (isFinalFor(run, result) || isTimeToGiveUp(knowledge.failures + 1, firstAt, Date.now()))
    end(knowledge, () => recordEnd(ledger, key, 'given-up', tries, result.why));
  else failure(knowledge, tries, result.retryAfterMs, () => recordFailure(ledger, key, tries, result));
  place.tried(run.id);
}

async function resultOf(
  place: Workplace,
  { run, event, target, n }: Pick<Errand, 'run' | 'event' | 'target' | 'n'>,
): Promise<DeliveryResult> {
  const { dir, logOf } = place;
  try {
    const log = target.log === true ? logOf?.(dir, run) : undefined;
    const facts = { id: deliveryId(run.id, n, event), event, run, dir, ...(log && { log }) };
    return await deliver(target, readSecrets(dir, run.id).get(n), facts, place);
  } catch {
    return failed('it could not be tried: no file handles, or no memory');
  }
}

/** In a container that shares the folder, the program or the desktop of a target may be missing: elsewhere it may be there. */
function isFinalFor({ host }: RunRecord, result: DeliveryResult): boolean {
  return result.kind === 'failed' && result.isFinal === true && isSamePidScope(host);
}

/** Who else tells a thread of Codex: what it has heard from its own call is not queued as well. Other targets are always told. */
function tellerOf(dir: string, { run, event, target }: Errand): 'told' | 'a waiter' | undefined {
  if (target.kind !== 'codex') return undefined;
  if (waitersOf(dir, run.id).some(isAlive)) return 'a waiter';
  if (event.kind !== 'ended') return undefined;
  if (seenBy(dir, readerNameOf(run.owner)).has(run.id)) return 'told';
  const age = Date.now() - event.outcome.endedAt;
  return age >= 0 && age < TOLD_MS ? 'a waiter' : undefined;
}
