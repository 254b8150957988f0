import { StepName } from '@pm/protocol';
import * as z from 'zod/mini';

/** A run in a queue. */
const QueueEntryView = z.object({
  step: StepName,
  id: z.string(),
  /** Its directory of runs. */
  dir: z.string(),
  /** 1 is next. Absent: it is running. */
  place: z.optional(z.number()),
  priority: z.optional(z.number()),
  /** When it will start, UTC epoch ms, if all take as long as before. */
  startsAt: z.optional(z.number()),
  /** Of a queue with an engine: why no connected worker takes it. */
  why: z.optional(z.string()),
  /** Of a queue with an engine: the host on which it runs. */
  host: z.optional(z.string()),
});

/** A host with a worker that is connected to the engine of a queue. */
const HostView = z.object({ name: z.string(), labels: z.optional(z.array(z.string())) });

/** A queue. Sizes are bytes. */
export const QueueView = z.object({
  name: StepName,
  /** Where it is kept. */
  folder: z.string(),
  slots: z.number(),
  paused: z.optional(z.boolean()),
  freeMemoryBytes: z.optional(z.number()),
  maxLoad: z.optional(z.number()),
  /** Why nothing starts although a slot is free. */
  why: z.optional(z.string()),
  running: z.array(QueueEntryView),
  /** The first of those that wait, and how many there are. */
  waiting: z.array(QueueEntryView),
  total: z.number(),
  /** Entries that only a newer pm can start. */
  newer: z.optional(z.number()),
  /** Of a queue with an engine: where that is, without a password, and the hosts that work on it. */
  engine: z.optional(z.string()),
  hosts: z.optional(z.array(HostView)),
  /** Of a queue with an engine: nobody has given it a number of slots, so only those of its workers count. */
  unbounded: z.optional(z.literal(true)),
});
export type QueueView = z.infer<typeof QueueView>;
