import * as z from 'zod/mini';
import { Policy } from '../policy.ts';
import { RunId } from '../run-id.ts';
import { StepName } from '../step.ts';
import { amount, instant, optionalText, text, v } from './fields.ts';

/** A check as people write it: `tcp:3000`, or an object with `check` and its options. */
const WrittenCheck = z.union([text, z.looseObject({ check: text })]);

/** So many services may one run need. */
const MOST_NEEDS = 100;

/** As in the record `lease`: the wrapper reads 4 to 12 digits. */
const leaseInstant = z.number().check(z.int(), z.gte(1_000), z.lte(999_999_999_999));

/** `run`: what was started, by which rules, and for whom. Written once, before the wrapper is spawned. */
export const RunRecord = z.looseObject({
  v,
  id: RunId,
  step: StepName,
  argv: z.array(text).check(z.minLength(1)),
  cwd: text,
  createdAt: instant,
  /** The boot and pid namespace in which its pids are valid. */
  host: z.looseObject({
    name: text,
    bootId: text,
    pidNamespace: text,
    /** Milliseconds since the machine was booted. Unlike `createdAt` it does not change when the clock is set. */
    uptimeMs: z.optional(amount),
  }),
  policy: Policy,
  /**
   * Who started it and is told how it ended: the session of the host program, else the user at a terminal, else the user. `agent` is the
   * program of the session, such as `codex`, if it is known.
   */
  owner: z.looseObject({ user: text, session: optionalText, agent: optionalText, tty: optionalText }),
  /** The run from inside of which it was started. */
  parent: optionalText,
  /** Standard error goes to `errors` and not to `log`. */
  split: z.optional(z.boolean()),
  /** The TCP port that it was given, as `PORT` and in the place of `{port}` in `argv`. */
  port: z.optional(z.number().check(z.int(), z.gte(1), z.lte(65_535))),
  /** The standard input of its command is a pipe that has no end and no data. Without this it is empty, or that of its caller. */
  stdin: z.optional(z.literal('open')),
  /** The checks that all pass once when it is ready. Relative paths in them start at `cwd`. */
  ready: z.optional(z.array(WrittenCheck)),
  /** How long its starter wanted to wait for that, ms. */
  readyTimeoutMs: z.optional(amount),
  /** The runs of the services that it needs. They are there as long as it lives or waits. */
  needs: z.optional(z.array(z.looseObject({ step: StepName, id: RunId })).check(z.maxLength(MOST_NEEDS))),
  /** It was started because another run needs it, and ends with the last run that does. */
  forNeeds: z.optional(z.boolean()),
  /** Of a run that waited for its turn in a queue: its name, and since when it waited. */
  queue: z.optional(z.looseObject({ name: text, since: instant })),
  /** Of a line of `pm batch`: the id of the batch, and the key of the line. */
  batch: z.optional(z.looseObject({ id: text, key: text })),
  /**
   * It runs under a lease: until this instant, unless its worker extends that. Both are instants of the boot clock of `host`, ms; `atMs`
   * is that of the start.
   */
  lease: z.optional(z.looseObject({ untilMs: leaseInstant, atMs: leaseInstant })),
  /** Of a foreign writer's run: the pid in its `.pid`, and when that file was written (epoch ms). */
  foreign: z.optional(z.looseObject({ pid: z.number(), pidAtMs: z.number() })),
  /**
   * Of a run that `pm adopt` has made from a process which was running already: when that process began, and the file
   * that its standard output goes to, both as far as they were known. It has no wrapper, so nobody gets its exit status.
   */
  adopted: z.optional(z.looseObject({ startedAt: z.optional(instant), output: optionalText })),
  /**
   * Of a run elsewhere, whose records are written here from the reports of its worker: the name of that worker. Nothing on this machine is
   * evidence about it, also if the worker is on this machine.
   */
  mirror: z.optional(z.looseObject({ worker: text })),
  /** The run's own cgroup v2 folder, if one could be made. */
  cgroup: optionalText,
  /** The kernel's file that counts the OOM kills around the run, and its count before the run. */
  oom: z.optional(z.looseObject({ file: text, kills: amount })),
});
export type RunRecord = z.infer<typeof RunRecord>;
