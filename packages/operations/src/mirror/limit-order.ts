import { LONGEST_MS } from '@pm/protocol';
import * as z from 'zod/mini';

/** An order to change the limit of a run elsewhere. It names the limit itself, so carrying it out twice changes nothing. */
export interface LimitOrder {
  /** Awake time since the start of the run, ms; null: no limit. */
  readonly toMs: number | null;
  readonly by: string;
  /** When it was given, epoch ms. The worker names it in its answer. */
  readonly at: number;
}

const LimitOrder = z.looseObject({
  toMs: z.nullable(z.number().check(z.int(), z.gte(1), z.lte(LONGEST_MS))),
  by: z.string().check(z.maxLength(200)),
  at: z.number().check(z.int(), z.gte(0), z.lte(8.64e15)),
});

/** The order for another limit among all orders of an entry, which anybody who can reach the engine may have written. */
export function limitIn(orders: unknown): LimitOrder | undefined {
  return z.safeParse(z.looseObject({ limit: LimitOrder }), orders).data?.limit;
}
