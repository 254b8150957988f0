import * as z from 'zod/mini';
import { ADVICE, OUTCOMES, REASONS } from '../outcome.ts';
import { RunId } from '../run-id.ts';
import { StepName } from '../step.ts';
import { instant, v } from './fields.ts';

/** A process that outlived its run. */
export interface Survivor {
  pid: number;
  startTime: string;
  command: string;
}
// Loose like the records around it; typed without the index signature that an interface of another package lacks.
export const Survivor: z.ZodMiniType<Survivor> = z.looseObject({
  pid: z.number().check(z.int()),
  startTime: z.string(),
  command: z.string(),
});

/** `outcome`: the terminal record. Created once and for all; whoever derives it, outcome and reason come out the same. */
export const OutcomeRecord = z.looseObject({
  v,
  id: RunId,
  step: StepName,
  outcome: z.enum(OUTCOMES),
  reason: z.enum(REASONS),
  advice: z.enum(ADVICE),
  exitCode: z.optional(z.number().check(z.int())),
  signal: z.optional(z.string()),
  startedAt: instant,
  endedAt: instant,
  elapsedMs: z.number().check(z.gte(0)),
  /** One line: what the verdict rests on. */
  evidence: z.string(),
  /** Who ordered the end: a user, a monitor, the wrapper's deadline. Absent on a natural end. */
  endedBy: z.optional(z.string()),
  /** What still ran when the run was concluded: never killed on a natural end. */
  survivors: z.array(Survivor),
  /** The job's own structured output. */
  result: z.optional(z.unknown()),
  /** Why the job's result could not be read. */
  resultError: z.optional(z.string()),
  logBytes: z.number(),
  logTruncated: z.optional(z.string()),
});
export type OutcomeRecord = z.infer<typeof OutcomeRecord>;
