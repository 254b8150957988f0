import { isAbsolute } from 'node:path';
import { isRunId, StepName } from '@pm/protocol';
import * as z from 'zod/mini';

const text = z.string().check(z.maxLength(4_096));
const amount = z.number().check(z.gte(0));
const v = z.literal(1);
const path = text.check(z.refine((value) => isAbsolute(value), 'must be an absolute path'));

/** A waiting entry: what is not in its name. */
export const EntryRecord = z.looseObject({ v, dir: path, step: StepName });

/** The holder of a slot, or `free`. Each change has the next number, and the highest counts. */
export const SlotRecord = z.looseObject({
  v,
  at: amount,
  /** The name of the entry; absent: the slot is free. */
  entry: z.optional(text),
  id: z.optional(text.check(z.refine(isRunId, 'must be a run id'))),
  dir: z.optional(path),
  step: z.optional(StepName),
  /** The process that starts the entry. */
  by: z.optional(z.looseObject({ pid: amount, startTime: text, bootId: text, pidNamespace: text })),
});
export type SlotRecord = z.infer<typeof SlotRecord>;

/** The most slots that a queue may have. */
export const MOST_SLOTS = 1_000;

/** `settings`: what `pm queue set` or a configuration has said. */
export const SettingsRecord = z.looseObject({
  v,
  slots: z.optional(z.number().check(z.int(), z.gte(1), z.lte(MOST_SLOTS))),
  freeMemoryBytes: z.optional(amount),
  maxLoad: z.optional(amount),
  paused: z.optional(z.boolean()),
});
export type SettingsRecord = z.infer<typeof SettingsRecord>;
