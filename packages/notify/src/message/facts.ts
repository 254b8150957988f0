import type { Attention, OutcomeRecord, PlannedTarget, RunRecord } from '@pm/protocol';

/** What happened to a run. */
export type RunEvent =
  | { readonly kind: 'ended'; readonly outcome: OutcomeRecord }
  | { readonly kind: 'attention'; readonly attention: Attention; readonly evidence: string; readonly at: number };

/** Everything that a notification may say. Instants are UTC epoch ms. */
export interface Facts {
  /** The same for every try of one delivery, so that a receiver can drop what it has already. */
  readonly id: string;
  readonly event: RunEvent;
  readonly run: Pick<RunRecord, 'id' | 'step' | 'createdAt'> & { readonly host: { readonly name: string } };
  /** The directory of the run. */
  readonly dir: string;
  /** The last lines of its log, if the target asks for them. */
  readonly log?: string;
}

/** The name of an event in the ledger and in ids: `ended`, or the attention. */
export function eventName(event: RunEvent): string {
  return event.kind === 'ended' ? 'ended' : event.attention;
}

/** Whether a target is to be told of this event. */
export function isWanted({ on }: Pick<PlannedTarget, 'on'>, event: RunEvent): boolean {
  return on.includes(event.kind === 'ended' ? event.outcome.outcome : event.attention);
}

/** The stable id of a delivery: letters, digits, dots and dashes. */
export function deliveryId(runId: string, target: number, event: RunEvent): string {
  return `${runId}.${target}.${eventName(event)}`;
}
