import type { MachineAdmission } from './admission.ts';
import { lineUp, type Served } from './line-up.ts';
import type { Ticket } from './ticket.ts';

/** What decides whose turn it is. */
export interface TurnFacts {
  /** The waiting entries that wait for nothing but their turn. */
  readonly ready: readonly Ticket[];
  readonly served: Served;
  /** How many entries are running. */
  readonly running: number;
  readonly slots: number;
  readonly paused: boolean;
  /** Whether the machine has room for one more. Asked only if everything else allows it. */
  readonly admission: () => MachineAdmission;
}

/** Whose turn it is, or why it is nobody's. */
export type Turn =
  | { readonly kind: 'take'; readonly ticket: Ticket }
  | { readonly kind: 'none'; readonly why: 'empty' | 'paused' | 'full' }
  | { readonly kind: 'none'; readonly why: 'machine'; readonly evidence: string };

/** Whose turn it is. Pure: the same situation has the same turn. */
export function turnOf({ ready, served, running, slots, paused, admission }: TurnFacts): Turn {
  const [ticket] = lineUp(ready, served);
  if (ticket === undefined) return { kind: 'none', why: 'empty' };
  if (paused) return { kind: 'none', why: 'paused' };
  if (running >= slots) return { kind: 'none', why: 'full' };
  const admitted = admission();
  return admitted.kind === 'admitted'
    ? { kind: 'take', ticket }
    : { kind: 'none', why: 'machine', evidence: admitted.evidence };
}
