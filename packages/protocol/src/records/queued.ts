import * as z from 'zod/mini';
import { Policy } from '../policy.ts';
import { RunId } from '../run-id.ts';
import { StepName } from '../step.ts';
import { instant, optionalText, text, v } from './fields.ts';
import { RunRecord } from './run.ts';

/** The most runs that one run may wait for. */
const MOST_WAITED_FOR = 100;

/** `queued/<step>`: a run that waits for its turn. It holds everything that is needed to start it, so any monitor can. */
export const QueuedRecord = z.looseObject({
  v,
  id: RunId,
  step: StepName,
  argv: z.array(text).check(z.minLength(1)),
  cwd: text,
  createdAt: instant,
  policy: Policy,
  owner: RunRecord.shape.owner,
  parent: optionalText,
  split: z.optional(z.boolean()),
  stdin: RunRecord.shape.stdin,
  ready: RunRecord.shape.ready,
  readyTimeoutMs: RunRecord.shape.readyTimeoutMs,
  needs: RunRecord.shape.needs,
  forNeeds: RunRecord.shape.forNeeds,
  queue: z.looseObject({
    name: StepName,
    /** Where the queue is kept. */
    folder: text,
    priority: z.number().check(z.int()),
  }),
  /** The runs that have to end first, and whether they must have succeeded. */
  after: z.optional(
    z
      .array(z.looseObject({ step: StepName, id: RunId, any: z.optional(z.boolean()) }))
      .check(z.maxLength(MOST_WAITED_FOR)),
  ),
  batch: RunRecord.shape.batch,
  /** What the call said that is decided when the turn comes. */
  asked: z.looseObject({
    skipChecks: z.optional(z.boolean()),
    notify: z.optional(z.array(text)),
    unconfined: z.optional(z.boolean()),
    /** What a worker on another host must have, and whether it may run again when its worker was lost. */
    labels: z.optional(z.array(text)),
    rerun: z.optional(z.boolean()),
    /** The port that it wants: `auto`, or a number. */
    port: z.optional(z.union([z.literal('auto'), z.number().check(z.int(), z.gte(1), z.lte(65_535))])),
    /** It starts only while fewer runs than these are live below the roots and in the directory of the bounds. */
    bounds: z.optional(z.looseObject({ runs: z.number().check(z.int(), z.gte(1)), roots: z.array(text), dir: text })),
  }),
  umask: z.number().check(z.int(), z.gte(0), z.lte(0o777)),
  /** The environment of the caller: JSON, deflated, in base64. */
  env: text,
});
export type QueuedRecord = z.infer<typeof QueuedRecord>;
