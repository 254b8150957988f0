import * as z from 'zod/mini';
import { RunView } from './answer.ts';

/** What can happen to a run. `live`: it was running already when `watch` started. */
export const CHANGES = ['live', 'started', 'state', 'attention', 'extended', 'ended', 'vanished'] as const;

/** One change of a run as `watch` reports it, with the run as it is after the change. */
export const Transition = z.object({
  /** When the change was seen, UTC epoch ms. */
  at: z.number(),
  change: z.enum(CHANGES),
  run: RunView,
});
export type Transition = z.infer<typeof Transition>;
