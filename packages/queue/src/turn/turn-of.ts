import type { MachineAdmission } from './admission.ts';
import { lineUp, type Served } from './line-up.ts';
import type { Ticket } from './ticket.ts';

/** What decides whether one more may start. */
export interface Room {
  /** How many entries are running. */
  readonly running: number;
  readonly slots: number;
  readonly paused: boolean;
  /** Whether the machine has room for one more. Asked only if everything else allows it. */
  readonly admission: () => MachineAdmission;
}

/** What decides whose turn it is. */
export interface TurnFacts extends Room {
  /** The waiting entries that wait for nothing but their turn. */
  readonly ready: readonly Ticket[];
  readonly served: Served;
}

/** Why nothing of what waits may start now. */
export type Hindrance =
  | { readonly kind: 'none'; readonly why: 'paused' | 'full' }
  | { readonly kind: 'none'; readonly why: 'machine'; readonly evidence: string };

/** Whose turn it is, or why it is nobody's. */
export type Turn =
  | { readonly kind: 'take'; readonly ticket: Ticket }
  | { readonly kind: 'none'; readonly why: 'empty' }
  | Hindrance;

/** Whose turn it is. Pure: the same situation has the same turn. */
export function turnOf({ ready, served, ...room }: TurnFacts): Turn {
  const [ticket] = lineUp(ready, served);
  if (ticket === undefined) return { kind: 'none', why: 'empty' };
  return hindranceIn(room) ?? { kind: 'take', ticket };
}

/** Why nothing may start, whoever is first. It needs no look at those that wait, who may be thousands. */
export function hindranceIn({ running, slots, paused, admission }: Room): Hindrance | undefined {
  if (paused) return { kind: 'none', why: 'paused' };
  if (running >= slots) return { kind: 'none', why: 'full' };
  const admitted = admission();
  return admitted.kind === 'wait' ? { kind: 'none', why: 'machine', evidence: admitted.evidence } : undefined;
}
