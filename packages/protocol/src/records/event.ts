import * as z from 'zod/mini';
import { instant, text, v } from './fields.ts';

/** A line of `events`: a transition, or a signal sent. */
export const EventRecord = z.looseObject({
  v,
  at: instant,
  event: text,
  by: text,
});
export type EventRecord = z.infer<typeof EventRecord>;
