import * as z from 'zod/mini';
import { instant, v } from './fields.ts';

/** A line of `events`: a transition, or a signal sent. */
export const EventRecord = z.looseObject({
  v,
  at: instant,
  event: z.string(),
  by: z.string(),
});
export type EventRecord = z.infer<typeof EventRecord>;
