import { ADVICE, ATTENTIONS, OUTCOMES, REASONS, StepName, Survivor } from '@pm/protocol';
import * as z from 'zod/mini';
import { FindingView } from './finding-view.ts';

/** The next call worth making, as neutral data: each frontend renders it as its own. */
export const Next = z.object({
  operation: z.string(),
  input: z.record(z.string(), z.unknown()),
  why: z.string(),
});
export type Next = z.infer<typeof Next>;

/** Where a breaker stands. Instants are UTC epoch ms. */
export const BreakerView = z.object({
  name: z.string(),
  circuit: z.enum(['closed', 'open', 'half-open', 'held']),
  /** Why nothing may begin, in one sentence. */
  why: z.optional(z.string()),
  /** In a row, newest last, five at most; `run` is what a kept run is called now: `train~1`. */
  failures: z.array(
    z.object({
      id: z.string(),
      run: z.optional(z.string()),
      outcome: z.enum(OUTCOMES),
      at: z.number(),
      /** What it looks like, without what differs from time to time. */
      signature: z.optional(z.string()),
    }),
  ),
  since: z.optional(z.number()),
  /** When it may be tried again though nothing has changed. */
  nextAt: z.optional(z.number()),
  /** What ends it where no time does: somebody's reset, or also a change of the files. */
  until: z.optional(z.enum(['reset', 'change'])),
  hold: z.optional(z.object({ by: z.string(), reason: z.string() })),
  /** How many failures in a row open it, and how long it waits; null: for ever. */
  after: z.number(),
  coolDownMs: z.nullable(z.number()),
});
export type BreakerView = z.infer<typeof BreakerView>;

/** One run as every frontend shows it. Instants are UTC epoch ms. */
export const RunView = z.object({
  step: StepName,
  /** Absent for a foreign writer's run, which has no id. */
  id: z.optional(z.string()),
  /** How many newer runs of its step are kept: 1 is what `train~1` names. Absent for the newest. */
  back: z.optional(z.number()),
  /** Its directory, where an answer is of several. */
  dir: z.optional(z.string()),
  /** It has ended, and neither who asks nor its owner was told. */
  unseen: z.optional(z.boolean()),
  state: z.enum(['starting', 'running', 'quiet', 'suspended', 'stopping', 'ended', 'malformed']),
  outcome: z.optional(z.enum(OUTCOMES)),
  reason: z.optional(z.enum(REASONS)),
  advice: z.optional(z.enum(ADVICE)),
  /** Of a failure whose breaker is not closed. */
  breaker: z.optional(z.pick(BreakerView, { name: true, circuit: true, why: true, nextAt: true })),
  exitCode: z.optional(z.number()),
  signal: z.optional(z.string()),
  /** One line: what the state or the outcome rests on. */
  evidence: z.string(),
  command: z.optional(z.array(z.string())),
  cwd: z.optional(z.string()),
  pid: z.optional(z.number()),
  startedAt: z.number(),
  endedAt: z.optional(z.number()),
  elapsedMs: z.number(),
  /** Awake time it may take; null: no limit. */
  limitMs: z.optional(z.nullable(z.number())),
  /** How far that can be moved; absent: as far as one likes. */
  hardLimitMs: z.optional(z.number()),
  /** When that would be over, if the machine stays awake. */
  untilAt: z.optional(z.number()),
  quietMs: z.optional(z.number()),
  attention: z.optional(z.enum(ATTENTIONS)),
  /** `wait --for-line`: the line that was waited for. */
  lineSeen: z.optional(z.string()),
  /** `wait --for-line`: the text that no line of its log had. */
  lineMissing: z.optional(z.string()),
  /** Of a live run that may be retried: the attempt that is on, or has failed and is to be followed by another; and the most there can be. */
  attempt: z.optional(z.number()),
  attemptLimit: z.optional(z.number()),
  /** That attempt has failed with this code, and the backoff before the next is on. */
  attemptExitCode: z.optional(z.number()),
  /** Of an ended run that might have been retried: how many attempts were made. */
  attempts: z.optional(z.number()),
  /** What the job says of itself (`PM_PROGRESS`). */
  progress: z.optional(z.string()),
  result: z.optional(z.unknown()),
  resultError: z.optional(z.string()),
  survivors: z.optional(z.array(Survivor)),
  /** The decisive last lines of the log, at most 1.5 kB, control characters stripped: on every ending but success. */
  tail: z.optional(z.string()),
  logFile: z.optional(z.string()),
  logBytes: z.optional(z.number()),
  logTruncated: z.optional(z.string()),
});
export type RunView = z.infer<typeof RunView>;

/** Why nothing was started, or no limit moved. */
export const Refusal = z.object({
  kind: z.enum([
    'already-running',
    'breaker-open',
    'held',
    'cannot-execute',
    'not-found',
    'ended',
    'limit',
    'out-of-bounds',
    'preflight-failed',
  ]),
  /** What and where, in one sentence. */
  message: z.string(),
  /** Of `breaker-open` and `held`. */
  breaker: z.optional(BreakerView),
  /** When it will be possible, UTC epoch ms. */
  nextAt: z.optional(z.number()),
});
export type Refusal = z.infer<typeof Refusal>;

/** What `prune` deleted, or would delete. */
export const Pruned = z.object({
  steps: z.array(z.object({ step: StepName, ids: z.array(z.string()), bytes: z.number() })),
  /** Left alone, because they are live, or because nobody was told how they ended. */
  live: z.number(),
  unseen: z.number(),
  dryRun: z.boolean(),
});
export type Pruned = z.infer<typeof Pruned>;

/** What `run start wait watch ls status stop extend recover prune breaker` answer: one shape for success and failure. */
export const Answer = z.object({
  runs: z.array(RunView),
  /** `start`: the same command was live already; nothing new was started. */
  alreadyRunning: z.optional(z.boolean()),
  /** `wait`: the budget was over first. */
  budgetOver: z.optional(z.boolean()),
  refusal: z.optional(Refusal),
  /** Refused as `preflight-failed`: what every check of the step found. */
  findings: z.optional(z.array(FindingView)),
  pruned: z.optional(Pruned),
  /** `breaker`: the one that was named, or all. */
  breakers: z.optional(z.array(BreakerView)),
  /** `breaker ask`: this is the one trial; it ends with the next `record`. */
  trial: z.optional(z.boolean()),
  /** `breaker record`: it was this ending that opened it. */
  tripped: z.optional(z.boolean()),
  /** Records that could not be read, one sentence each. */
  malformed: z.optional(z.array(z.string())),
  /** What else is worth a short line each: no fault, and nothing to wait for. */
  notes: z.optional(z.array(z.string())),
  next: z.array(Next),
});
export type Answer = z.infer<typeof Answer>;
