import { thisPidScope } from '@pm/process';
import type { Notifiable, PlannedTarget, RunRecord } from '@pm/protocol';
import { presentIn, readOutcome } from '@pm/protocol/fs';
import { eventName, isWanted, type RunEvent } from '../message/facts.ts';
import { attentionsIn, type Ledger, openLedger, standingOf } from './ledger.ts';
import { readPlan } from './plan.ts';

/** One delivery as it stands now: what of a run is told to whom. */
export interface Delivery {
  /** The name of the target. */
  readonly target: string;
  readonly kind: PlannedTarget['kind'];
  /** `ended`, or an attention. Absent: nothing has happened yet that the target is to be told. */
  readonly event?: string;
  /** `waiting`: for the end of the run. `open`: it is tried. */
  readonly state: 'waiting' | 'open' | 'delivered' | 'failed' | 'unneeded';
  readonly tries: number;
  /** When it was over, UTC epoch ms. */
  readonly at?: number;
  /** When the next try is due, UTC epoch ms. */
  readonly nextAt?: number;
  /** The reason of the last failure, or why it was not needed. */
  readonly why?: string;
  readonly on: readonly Notifiable[];
}

/** What has happened to a run that somebody may want to be told. */
export function eventsOf(dir: string, runId: string, ledger: Ledger): RunEvent[] {
  const outcome = presentIn(readOutcome(dir, runId));
  return [
    ...attentionsIn(ledger).map((event) => ({ kind: 'attention' as const, ...event })),
    ...(outcome === undefined ? [] : [{ kind: 'ended' as const, outcome }]),
  ];
}

/** All deliveries of a run, and those that wait for its end. Empty if nobody is told about it. */
export function deliveriesOf(dir: string, { id }: Pick<RunRecord, 'id'>): Delivery[] {
  const plan = presentIn(readPlan(dir, id));
  if (plan === undefined) return [];
  const ledger = openLedger(dir, id);
  const events = eventsOf(dir, id, ledger);
  const hasEnded = events.some(({ kind }) => kind === 'ended');
  return plan.targets.flatMap((target, n) => {
    const { name, kind, on, fault } = target;
    const common = { target: name, kind, on, tries: 0 };
    if (fault !== undefined) return [{ ...common, state: 'failed' as const, why: fault }];
    const due = events.filter((event) => isWanted(target, event)).map((event) => deliveryOf(ledger, n, event, common));
    return hasEnded ? due : [...due, { ...common, state: 'waiting' as const }];
  });
}

type Common = Pick<Delivery, 'target' | 'kind' | 'on' | 'tries'>;

function deliveryOf(ledger: Ledger, n: number, of: RunEvent, common: Common): Delivery {
  const event = eventName(of);
  const now = Date.now();
  const standing = standingOf(ledger, `${n}.${event}`, thisPidScope(), now);
  if (standing.kind === 'over') {
    const { state, at, tries, why } = standing.end;
    const reason = why === undefined ? {} : { why };
    return { ...common, event, state: state === 'given-up' ? 'failed' : state, tries, at, ...reason };
  }
  const { tries } = standing;
  if (standing.kind === 'trying') return { ...common, event, state: 'open', tries };
  const { leftMs, why } = standing;
  return { ...common, event, state: 'open', tries, nextAt: now + leftMs, ...(why !== undefined && { why }) };
}
