import { isAbsolute } from 'node:path';
import { StepName } from '@pm/protocol';
import { FRONT, type NewEntry, type QueueEntry } from '@pm/queue';
import type { Job } from 'bullmq';
import * as z from 'zod/mini';
import { pack } from './payload.ts';

/** An entry that any host may run. */
export interface FleetEntry extends NewEntry {
  /** What a worker needs to run it: JSON. The engine shows it to everybody who may read it, so it has no secrets. */
  readonly work?: unknown;
  /** True: it may run a second time after its first holder was lost. Without it, it is lost. */
  readonly rerun?: boolean;
}

const text = z.string().check(z.maxLength(4_096));

/** The data of a job: what anybody who can reach the engine may have written. */
const EntryData = z.looseObject({
  v: z.literal(1),
  dir: text.check(z.refine((value) => isAbsolute(value), 'must be an absolute path')),
  step: StepName,
  project: text,
  work: z.optional(z.unknown()),
  rerun: z.optional(z.boolean()),
  /** What the submitter wants of the holder. */
  order: z.optional(z.unknown()),
  /** It was taken out of the queue. It must not begin. */
  cancelled: z.optional(z.boolean()),
});
export type EntryData = z.infer<typeof EntryData>;

/** What holders write while they run an entry. Each names its turn, because one that is late may write over a newer one. */
const HolderNews = z.looseObject({ turn: z.number(), host: z.optional(text), news: z.optional(z.unknown()) });
export type HolderNews = z.infer<typeof HolderNews>;

/** What the holder wrote at the end. Its token tells it from another holder. */
const HolderResult = z.looseObject({
  token: text,
  cancelled: z.optional(z.boolean()),
  result: z.optional(z.unknown()),
});
export type HolderResult = z.infer<typeof HolderResult>;

/** Where each entry can start: on every host. */
export const ANYWHERE = '0'.repeat(16);

/** How an entry is added. FRONT is what BullMQ calls no priority, last in first out; of the others 1 is the first. */
export function placeOf(priority: number): { readonly priority: number; readonly lifo?: true } {
  return priority >= FRONT ? { priority: 0, lifo: true } : { priority: FRONT - priority };
}

/** What an entry is at the engine. */
export function dataOf({ dir, step, project, work, rerun }: FleetEntry): EntryData {
  return {
    v: 1,
    dir,
    step,
    project,
    ...(work !== undefined && { work: pack(work) }),
    ...(rerun === true && { rerun }),
  };
}

/** The data of a job, if it is that of an entry. */
export function readData(job: Job): EntryData | undefined {
  return z.safeParse(EntryData, job.data).data;
}

/** The entry of a job; undefined if it is none of ours. */
export function entryOf(job: Job): QueueEntry | undefined {
  const data = readData(job);
  if (data === undefined || job.id === undefined) return undefined;
  const { dir, step, project } = data;
  return { id: job.id, dir, step, project, priority: FRONT - job.priority, order: job.timestamp, realm: ANYWHERE };
}

/** What a holder has written; undefined if none has begun. */
export function newsOf({ progress }: Job): HolderNews | undefined {
  return z.safeParse(HolderNews, progress).data;
}

/** What the holder wrote at the end. */
export function resultOf({ returnvalue }: Job): HolderResult | undefined {
  return z.safeParse(HolderResult, returnvalue).data;
}

/** True if its submitter, or somebody else, has taken it out of the queue before it began. */
export function isCancelled(job: Job): boolean {
  return readData(job)?.cancelled === true && newsOf(job) === undefined;
}

/** A text of others for people: bounded, and without control characters. Undefined if it is no text. */
export function plainText(value: unknown, most = 256): string | undefined {
  return typeof value === 'string' ? value.replace(/\p{Cc}/gu, ' ').slice(0, most) : undefined;
}

/** True if a holder has begun it, and nobody may begin it again. Whoever takes it must not start it. */
export function isSpent(job: Job, data: EntryData): boolean {
  return newsOf(job) !== undefined && data.rerun !== true;
}
