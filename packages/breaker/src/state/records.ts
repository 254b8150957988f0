import { OUTCOMES } from '@pm/protocol';
import * as z from 'zod/mini';
import { Situation } from './situation.ts';
import { Timestamp } from './timestamp.ts';

/** More failures in a row than this are told from each other by nobody. */
export const MOST_FAILURES = 50;

const text = z.string().check(z.maxLength(2_000));
const count = z.number().check(z.int(), z.gte(0));

/** A process that cannot be confused with another: it means something within its boot and pid namespace only. */
export const Holder = z.looseObject({ pid: count, startTime: text, bootId: text, pidNamespace: text });
export type Holder = z.infer<typeof Holder>;

const common = {
  v: z.literal(1),
  at: Timestamp,
  by: text,
  /** The newest run of each source when it was written: those come before it, all others after it, whatever any clock said. */
  positions: z.record(z.string(), count),
};

const FailureRecord = z.looseObject({
  id: text,
  outcome: z.enum(['failed', 'timeout', 'hung', 'lost']),
  at: Timestamp,
  beganMs: z.optional(z.number()),
  signature: z.optional(text),
});

/** One record of `log/<n>`: what is no run's outcome, and therefore nowhere else. */
export const LogRecord = z.discriminatedUnion('kind', [
  /** How the work of a script ended. */
  z.looseObject({
    ...common,
    kind: z.literal('ending'),
    outcome: z.enum(OUTCOMES),
    signature: z.optional(text),
    situation: z.optional(Situation),
  }),
  /** What things look like before a run that would open the breaker if it failed. */
  z.looseObject({ ...common, kind: z.literal('situation'), source: text, after: count, situation: Situation }),
  /** The one trial was granted: to the next run of a source, or to a script. */
  z.looseObject({
    ...common,
    kind: z.literal('trial'),
    forMs: z.number().check(z.gte(0)),
    holder: z.optional(Holder),
    source: z.optional(text),
    after: z.optional(count),
    situation: z.optional(Situation),
  }),
  /** It is open: because somebody asked, or noted from its failures, which may be pruned one day. */
  z.looseObject({
    ...common,
    kind: z.literal('trip'),
    cause: z.enum(['failures', 'asked']),
    reason: z.optional(text),
    since: Timestamp,
    opener: text,
    source: z.optional(text),
    situation: z.optional(Situation),
    failures: z.array(FailureRecord).check(z.maxLength(MOST_FAILURES)),
    /** Every run before it had ended: nothing can come late that makes it untrue, and nothing before it has to be read. */
    settled: z.optional(z.boolean()),
  }),
  /** Closed by hand. */
  z.looseObject({ ...common, kind: z.literal('reset'), reason: z.optional(text) }),
]);
export type LogRecord = z.infer<typeof LogRecord>;

/** One record of `holds/<n>`; the newest counts. */
export const HoldRecord = z.discriminatedUnion('kind', [
  /** Nothing starts for so long; null: until somebody resets it. */
  z.looseObject({
    v: z.literal(1),
    kind: z.literal('hold'),
    at: Timestamp,
    by: text,
    reason: text,
    forMs: z.nullable(z.number().check(z.gte(0))),
  }),
  z.looseObject({ v: z.literal(1), kind: z.literal('release'), at: Timestamp, by: text }),
]);
export type HoldRecord = z.infer<typeof HoldRecord>;
export type Hold = Extract<HoldRecord, { kind: 'hold' }>;
