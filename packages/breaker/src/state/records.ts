import { OUTCOMES } from '@pm/protocol';
import * as z from 'zod/mini';
import { Situation } from './situation.ts';
import { Timestamp } from './timestamp.ts';

/** At most this many failures in a row are kept. */
export const MOST_FAILURES = 50;

const text = z.string().check(z.maxLength(2_000));
const count = z.number().check(z.int(), z.gte(0));

/** The identity of a process. It is valid only within its boot and pid namespace. */
export const Holder = z.looseObject({ pid: count, startTime: text, bootId: text, pidNamespace: text });
export type Holder = z.infer<typeof Holder>;

const common = {
  v: z.literal(1),
  at: Timestamp,
  by: text,
  /** The newest run of each source when this was written. Those runs come before the record and all later ones after it, whatever the clocks say. */
  positions: z.record(z.string(), count),
};

const FailureRecord = z.looseObject({
  id: text,
  outcome: z.enum(['failed', 'timeout', 'hung', 'lost']),
  at: Timestamp,
  beganMs: z.optional(z.number()),
  signature: z.optional(text),
  times: z.optional(count),
  change: z.optional(z.enum(['none', 'some'])),
});

/** One record of `log/<n>`. Outcomes of runs are not in it, because they are recorded elsewhere. */
export const LogRecord = z.discriminatedUnion('kind', [
  /** How the work of a script ended. */
  z.looseObject({
    ...common,
    kind: z.literal('ending'),
    outcome: z.enum(OUTCOMES),
    signature: z.optional(text),
    situation: z.optional(Situation),
  }),
  /** The situation before a run that would open the breaker if it failed. */
  z.looseObject({ ...common, kind: z.literal('situation'), source: text, after: count, situation: Situation }),
  /** A trial was granted: to the next run of a source, or to a script. */
  z.looseObject({
    ...common,
    kind: z.literal('trial'),
    forMs: z.number().check(z.gte(0)),
    holder: z.optional(Holder),
    source: z.optional(text),
    after: z.optional(count),
    situation: z.optional(Situation),
  }),
  /** The breaker is open: by request, or noted from its failures, whose runs may be pruned later. */
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
    /** Every run before it had ended, so no late ending can contradict it, and nothing before it has to be read. */
    settled: z.optional(z.boolean()),
  }),
  /** Closed by hand. */
  z.looseObject({ ...common, kind: z.literal('reset'), reason: z.optional(text) }),
]);
export type LogRecord = z.infer<typeof LogRecord>;

/** One record of `holds/<n>`; the newest counts. */
export const HoldRecord = z.discriminatedUnion('kind', [
  /** Nothing may start for this time; null: until a reset. */
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
