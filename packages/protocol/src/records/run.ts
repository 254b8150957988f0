import * as z from 'zod/mini';
import { Policy } from '../policy.ts';
import { RunId } from '../run-id.ts';
import { StepName } from '../step.ts';
import { amount, instant, optionalText, text, v } from './fields.ts';

/** `run`: what was started, by which rules, for whom. Written once, before the spawn. */
export const RunRecord = z.looseObject({
  v,
  id: RunId,
  step: StepName,
  argv: z.array(text).check(z.minLength(1)),
  cwd: text,
  createdAt: instant,
  /** Where its pids mean something. */
  host: z.looseObject({
    name: text,
    bootId: text,
    pidNamespace: text,
    /** Since the machine's boot, ms: unlike `createdAt` it does not move when somebody sets the clock. */
    uptimeMs: z.optional(amount),
  }),
  policy: Policy,
  /** Who started it, and is to be told how it ended: the host's session, else the user at a terminal, else the user. */
  owner: z.looseObject({ user: text, session: optionalText, tty: optionalText }),
  /** stderr is kept in `errors`, apart from `log`. */
  split: z.optional(z.boolean()),
  /** A run that a foreign writer started in the seed's form: which `.pid` announced it, and when that was written (ms). */
  foreign: z.optional(z.looseObject({ pid: z.number(), pidAtMs: z.number() })),
  /** The run's own cgroup v2 folder, where one could be made. */
  cgroup: optionalText,
});
export type RunRecord = z.infer<typeof RunRecord>;
