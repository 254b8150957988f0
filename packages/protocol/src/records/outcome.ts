import * as z from 'zod/mini';
import { ADVICE, OUTCOMES, REASONS } from '../outcome.ts';
import { RunId } from '../run-id.ts';
import { StepName } from '../step.ts';
import { amount, instant, optionalText, text, v } from './fields.ts';

/** A process that outlived its run. */
export interface Survivor {
  pid: number;
  startTime: string;
  command: string;
}
// Loose like the records around it; typed without the index signature that an interface of another package lacks.
export const Survivor: z.ZodMiniType<Survivor> = z.looseObject({
  pid: z.number().check(z.int()),
  startTime: text,
  command: text,
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
  signal: optionalText,
  startedAt: instant,
  endedAt: instant,
  elapsedMs: amount,
  /** One line: what the verdict rests on. */
  evidence: text,
  /** Who ordered the end: a user, a monitor, the wrapper's deadline. Absent on a natural end. */
  endedBy: optionalText,
  /** What still ran when the run was concluded: never killed on a natural end. */
  survivors: z.array(Survivor),
  /** The job's own structured output. */
  result: z.optional(z.unknown()),
  /** Why the job's result could not be read. */
  resultError: optionalText,
  logBytes: amount,
  /** How many attempts were made, of a run that was started with `--retries`. */
  attempts: z.optional(amount),
  logTruncated: optionalText,
});
export type OutcomeRecord = z.infer<typeof OutcomeRecord>;
