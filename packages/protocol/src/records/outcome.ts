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
// Loose like the records. The type is written out, because the inferred one has an index signature, which interfaces elsewhere lack.
export const Survivor: z.ZodMiniType<Survivor> = z.looseObject({
  pid: z.number().check(z.int()),
  startTime: text,
  command: text,
});

/** `outcome`: how the run ended. Created once. Whoever derives it gets the same outcome and reason. */
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
  /** One line that says what the verdict rests on. */
  evidence: text,
  /** Who ordered the end: a user, a monitor, or the wrapper. Absent if the command ended by itself. */
  endedBy: optionalText,
  /** Processes that still ran when the run was concluded. If the command ended by itself, they are not killed. */
  survivors: z.array(Survivor),
  /**
   * After an ordered end without a cgroup: processes that may come from the run, though nothing proves it. They are
   * never killed.
   */
  suspects: z.optional(z.array(Survivor)),
  /** The job's own structured output. */
  result: z.optional(z.unknown()),
  /** Why the result could not be read. */
  resultError: optionalText,
  logBytes: amount,
  /** How many attempts were made, if the run was started with `--retries`. */
  attempts: z.optional(amount),
  logTruncated: optionalText,
});
export type OutcomeRecord = z.infer<typeof OutcomeRecord>;
