import * as z from 'zod/mini';
import { ADVICE, OUTCOMES, REASONS } from './outcome.ts';
import { Policy } from './policy.ts';
import { RunId } from './run-id.ts';
import { StepName } from './step.ts';

// Unknown fields are kept (looseObject): a newer minor may add them, an older reader must not lose them.
const v = z.literal(1);
const instant = z.number().check(z.int(), z.gte(0));

/** pid_t is a signed 32-bit number on Linux and macOS. */
export const MAX_PID = 2_147_483_647;

/** A process that cannot be confused with a later one of the same pid, within one boot and pid namespace. */
export const IdentityRecord = z.object({
  pid: z.number().check(z.int(), z.gt(1), z.lte(MAX_PID)),
  /** As the platform tells it: ticks since boot on Linux, `ps -o lstart` on macOS. Printable words, one space apart. */
  startTime: z.string().check(z.maxLength(64), z.regex(/^[!-~]+( [!-~]+)*$/, 'must be printable words')),
});
export type IdentityRecord = z.infer<typeof IdentityRecord>;

/** `run`: what was started, by which rules, for whom. Written once, before the spawn. */
export const RunRecord = z.looseObject({
  v,
  id: RunId,
  step: StepName,
  argv: z.array(z.string()).check(z.minLength(1)),
  cwd: z.string(),
  createdAt: instant,
  /** Where its pids mean something. */
  host: z.looseObject({ name: z.string(), bootId: z.string(), pidNamespace: z.string() }),
  policy: Policy,
  owner: z.looseObject({ user: z.string(), session: z.optional(z.string()) }),
  /** stderr is kept in `errors`, apart from `log`. */
  split: z.optional(z.boolean()),
  /** A run that a foreign writer started in the seed's form: which `.pid` announced it, and when that was written (ms). */
  foreign: z.optional(z.looseObject({ pid: z.number(), pidAtMs: z.number() })),
  /** The run's own cgroup v2 folder, where one could be made. */
  cgroup: z.optional(z.string()),
});
export type RunRecord = z.infer<typeof RunRecord>;

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

/** A line of `events`: a transition, or a signal sent. */
export const EventRecord = z.looseObject({
  v,
  at: instant,
  event: z.string(),
  by: z.string(),
});
export type EventRecord = z.infer<typeof EventRecord>;

/** `trace`: what the last monitor knew of a run's silence, in beats, for the next one. A hint; nothing is lost without it. */
export const TraceRecord = z.looseObject({
  v,
  beat: z.number().check(z.gte(0)),
  logBytes: z.number().check(z.gte(0)),
  /** mtime of the job's own beat file. */
  ownBeatAtMs: z.number().check(z.gte(0)),
  /** CPU and I/O of the tree since it began. */
  cpuMs: z.number().check(z.gte(0)),
  ioBytes: z.number().check(z.gte(0)),
  silentMs: z.number().check(z.gte(0)),
  quietMs: z.number().check(z.gte(0)),
});
export type TraceRecord = z.infer<typeof TraceRecord>;
