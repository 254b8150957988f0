import { ADVICE, ATTENTIONS, OUTCOMES, REASONS, StepName, Survivor } from '@pm/protocol';
import * as z from 'zod/mini';
import { RunsSummary } from './runs-summary.ts';
import { BatchView } from './views/batch-view.ts';
import { FindingView } from './views/finding-view.ts';
import { HolderView } from './views/holder-view.ts';
import { NotificationView } from './views/notification-view.ts';
import { QueueView } from './views/queue-view.ts';

/** A call that makes sense next, as neutral data. Each frontend renders it in its own form. */
export const Next = z.object({
  operation: z.string(),
  input: z.record(z.string(), z.unknown()),
  why: z.string(),
});
export type Next = z.infer<typeof Next>;

/** The state of a circuit breaker. Instants are UTC epoch ms. */
export const BreakerView = z.object({
  name: z.string(),
  circuit: z.enum(['closed', 'open', 'half-open', 'held']),
  /** What a start would be told now: it begins, begins as the one trial, or is refused. */
  nextStart: z.optional(z.enum(['allowed', 'trial', 'refused'])),
  /** What the breaker says about the next start, in one sentence. */
  why: z.optional(z.string()),
  /** The newest failures in a row, at most five, newest last. `run` is the present name of a run that is still kept: `train~1`. */
  failures: z.array(
    z.object({
      id: z.string(),
      run: z.optional(z.string()),
      outcome: z.enum(OUTCOMES),
      at: z.number(),
      /** The error, without the parts that differ each time. */
      signature: z.optional(z.string()),
    }),
  ),
  since: z.optional(z.number()),
  /** When a trial is allowed although nothing has changed. Absent if one is allowed now. */
  nextAt: z.optional(z.number()),
  /** What allows a start if time alone does not: only a reset, or also a change of the files. */
  until: z.optional(z.enum(['reset', 'change'])),
  hold: z.optional(z.object({ by: z.string(), reason: z.string() })),
  /** How many failures in a row open it, and how long it stays open; null: for ever. */
  after: z.number(),
  coolDownMs: z.nullable(z.number()),
});
export type BreakerView = z.infer<typeof BreakerView>;

/** One run as every frontend shows it. Instants are UTC epoch ms. */
export const RunView = z.object({
  step: StepName,
  /** Absent for a run that was not started by pm. */
  id: z.optional(z.string()),
  /** How many newer runs of its step are kept: 1 for `train~1`. Absent for the newest run. */
  back: z.optional(z.number()),
  /** Its directory, if the answer covers several. */
  dir: z.optional(z.string()),
  /** It has ended, and neither the caller nor its owner has seen that yet. */
  unseen: z.optional(z.boolean()),
  state: z.enum(['queued', 'starting', 'running', 'quiet', 'suspended', 'stopping', 'ended', 'malformed']),
  outcome: z.optional(z.enum(OUTCOMES)),
  reason: z.optional(z.enum(REASONS)),
  advice: z.optional(z.enum(ADVICE)),
  /** For a failed run whose breaker is not closed. */
  breaker: z.optional(z.pick(BreakerView, { name: true, circuit: true, nextStart: true, why: true, nextAt: true })),
  exitCode: z.optional(z.number()),
  signal: z.optional(z.string()),
  /** The facts behind the state or the outcome, in one line. */
  evidence: z.string(),
  /** It is meant to stay: without a limit unless one was given, and never quiet. An end of its own, even with exit 0, needs a look. */
  service: z.optional(z.boolean()),
  command: z.optional(z.array(z.string())),
  cwd: z.optional(z.string()),
  pid: z.optional(z.number()),
  /** The TCP port that it was given. */
  port: z.optional(z.number()),
  startedAt: z.number(),
  endedAt: z.optional(z.number()),
  elapsedMs: z.number(),
  /** Time limit, without the time in which the machine sleeps; null: no limit. */
  limitMs: z.optional(z.nullable(z.number())),
  /** The highest limit that can be set; absent: any. */
  hardLimitMs: z.optional(z.number()),
  /** When the limit is reached if the machine does not sleep. */
  untilAt: z.optional(z.number()),
  quietMs: z.optional(z.number()),
  /**
   * Of a live run with ready checks: whether all have passed in its present attempt. Of one that has ended: false if it never was ready for
   * the call that waited for it.
   */
  ready: z.optional(z.boolean()),
  /** What it is ready by, or what stood in the way at last. */
  readyEvidence: z.optional(z.string()),
  /** The time from its start until it was seen to be ready. */
  readyMs: z.optional(z.number()),
  /** Of a run that waits for its turn: the queue, and its place among those that wait there. */
  queue: z.optional(
    z.object({
      name: z.string(),
      place: z.optional(z.number()),
      waiting: z.optional(z.number()),
      priority: z.optional(z.number()),
    }),
  ),
  attention: z.optional(z.enum(ATTENTIONS)),
  /** `wait --for-line`: the line that was found. */
  lineSeen: z.optional(z.string()),
  /** `wait --for-line`: the text that was not found in the log of an ended run. */
  lineMissing: z.optional(z.string()),
  /** For a live run with retries: the present attempt (during a backoff: the one that failed), and how many there can be. With restart there is no such number. */
  attempt: z.optional(z.number()),
  attemptLimit: z.optional(z.number()),
  /** During a backoff: the exit code of the attempt that failed. */
  attemptExitCode: z.optional(z.number()),
  /** For an ended run with retries: how many attempts were made. */
  attempts: z.optional(z.number()),
  /** The last line that the job wrote to `$PM_PROGRESS`. */
  progress: z.optional(z.string()),
  /**
   * `ls` and `status`, of a live run: what its processes use. Absent where they cannot be seen: on another host, in another container.
   * `cpuMs` is CPU time of all cores so far; of a run without a cgroup it may shrink when a process of it ends. `memoryBytes` is what a cgroup
   * with a memory controller holds without cached files; else the resident memory of all its processes, in which shared memory counts for each.
   */
  usage: z.optional(z.object({ cpuMs: z.number(), memoryBytes: z.number(), processes: z.number() })),
  /** Its CPU time in per cent of one core, on average since it began, as one answer alone can say. For the present rate compare `usage.cpuMs` of two answers. */
  cpuPercent: z.optional(z.number()),
  /** How long its step usually takes: the middle one of the last runs that succeeded. Absent if none did, and of a service. */
  usualMs: z.optional(z.number()),
  /** How long it will probably go on: by its own progress (`37/120`, `31 %`), else by `usualMs`. Absent if neither is known, or that time has passed. */
  remainingMs: z.optional(z.number()),
  result: z.optional(z.unknown()),
  resultError: z.optional(z.string()),
  survivors: z.optional(z.array(Survivor)),
  /** After a stop without a cgroup: live processes that may come from the run, though nothing proves it. */
  suspects: z.optional(z.array(Survivor)),
  /** `down`: the ports on which the run listened, and who listens there after it has ended; nobody if `heldBy` is absent. */
  ports: z.optional(z.array(z.object({ port: z.number(), heldBy: z.optional(z.string()) }))),
  /** `stop` of a run that was not started by pm: why it is not certain that no process of it is left. */
  doubt: z.optional(z.string()),
  /**
   * What a person would quote of the log, at most 1.5 kB, as a terminal shows it. On every outcome except success: the last lines and those
   * that name the error; what lies between is a line `[lines 9-20 left out]`. Of a live run that needs a decision: its last lines.
   */
  tail: z.optional(z.string()),
  /** The number of the first line of the log that names the error, and how many lines the log has. Absent if no line does, or they were not counted. */
  failureLine: z.optional(z.number()),
  logLines: z.optional(z.number()),
  logFile: z.optional(z.string()),
  /** The separate stderr of a run with --split, if it has written any. */
  errorsFile: z.optional(z.string()),
  logBytes: z.optional(z.number()),
  logTruncated: z.optional(z.string()),
  /** `status`: who is told how it ends, if anybody is. */
  notifications: z.optional(z.array(NotificationView)),
});
export type RunView = z.infer<typeof RunView>;

/** Why nothing was started, or why a limit was not changed. */
export const Refusal = z.object({
  kind: z.enum([
    'already-running',
    'breaker-open',
    'held',
    'cannot-execute',
    'not-found',
    'ended',
    'limit',
    'need-not-ready',
    'not-ours',
    'out-of-bounds',
    'port-taken',
    'preflight-failed',
    'shell-syntax',
    'unread-input',
  ]),
  /** The reason in one sentence. */
  message: z.string(),
  /** For `breaker-open` and `held`. */
  breaker: z.optional(BreakerView),
  /** When it will be allowed, UTC epoch ms. */
  nextAt: z.optional(z.number()),
});
export type Refusal = z.infer<typeof Refusal>;

/** What `prune` has deleted, or would delete. */
export const Pruned = z.object({
  steps: z.array(z.object({ step: StepName, ids: z.array(z.string()), bytes: z.number() })),
  /** How many runs were kept because they are live, or because nobody has seen how they ended. */
  live: z.number(),
  unseen: z.number(),
  /** How many were kept because a wait or a notification has still to tell how they ended. Absent: none. */
  awaited: z.optional(z.number()),
  /** How many failures were kept because a breaker still counts them. Absent: none. */
  counted: z.optional(z.number()),
  dryRun: z.boolean(),
});
export type Pruned = z.infer<typeof Pruned>;

/** The answer of `run start wait watch ls status stop up down who extend recover prune queue batch breaker`. It has one shape for success and failure. */
export const Answer = z.object({
  runs: z.array(RunView),
  /** `ls`: how many runs the whole list has. `runs` holds the first of them, and `next` the call that shows more. */
  total: z.optional(z.number()),
  /** `ls` with `oneline`: all runs in a few numbers. `runs` is empty then. */
  summary: z.optional(RunsSummary),
  /** `start`: the same command is running already; nothing new was started. */
  alreadyRunning: z.optional(z.boolean()),
  /** `wait`: the budget was used up first. */
  budgetOver: z.optional(z.boolean()),
  refusal: z.optional(Refusal),
  /** Refused as `preflight-failed`: the findings of all checks of the step. */
  findings: z.optional(z.array(FindingView)),
  pruned: z.optional(Pruned),
  /** `queue`: the named one, or all. */
  queues: z.optional(z.array(QueueView)),
  /** `who`: who listens on the port. `stop --port`: who listens on it after that. Empty: nobody. Refused as `port-taken`: who holds it. */
  holders: z.optional(z.array(HolderView)),
  /** `batch`: `runs` has the first lines that did not succeed. */
  batch: z.optional(BatchView),
  /** `breaker`: the named one, or all. */
  breakers: z.optional(z.array(BreakerView)),
  /** `breaker ask`: this is the one trial. It ends with the next `record`. */
  trial: z.optional(z.boolean()),
  /** `breaker record`: this outcome has opened the breaker. */
  tripped: z.optional(z.boolean()),
  /** Records that could not be read, one sentence each. */
  malformed: z.optional(z.array(z.string())),
  /** Other facts, one short line each. They are no errors. */
  notes: z.optional(z.array(z.string())),
  next: z.array(Next),
});
export type Answer = z.infer<typeof Answer>;
