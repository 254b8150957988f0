import * as z from 'zod/mini';
import { RunView } from './answer.ts';

/** What may happen to a run; `live`: it went on already when the watching began. */
export const CHANGES = ['live', 'started', 'state', 'attention', 'extended', 'ended', 'vanished'] as const;

/** One transition of a run, as `watch` tells it, and the run right after it. */
export const Transition = z.object({
  /** When it was seen, UTC epoch ms. */
  at: z.number(),
  change: z.enum(CHANGES),
  run: RunView,
});
export type Transition = z.infer<typeof Transition>;
