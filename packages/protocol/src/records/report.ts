import * as z from 'zod/mini';
import { type Decoded, decodeJson } from '../codec.ts';
import { RunId } from '../run-id.ts';
import { amount, instant, optionalText, text, v } from './fields.ts';
import { IdentityRecord } from './identity.ts';
import { OutcomeRecord } from './outcome.ts';
import { ReadyRecord } from './ready.ts';
import { RunRecord } from './run.ts';

/** The most bytes of a log in one chunk. */
export const CHUNK_BYTES = 65_536;

// Built when the first report is read: a schema of this size costs a short-lived process more than a millisecond, and most never see one.
function reportSchema() {
  /** An offset in a log. */
  const offset = z.number().check(z.int(), z.gte(0), z.lte(1e15));
  const short = text.check(z.maxLength(256));
  const words = text.check(z.maxLength(4_096));

  /** How far a log was carried. All offsets are those of the log as the submitter has it. */
  const CarriedLog = z.looseObject({
    /** The length of the whole log, with what was left out. */
    bytes: offset,
    /** Everything before this offset was carried, or left out for good. */
    sent: offset,
    /** The attempt whose log is being read, the offset at which that log begins, and how much of it was looked at. */
    attempt: z.number().check(z.int(), z.gte(1)),
    base: offset,
    at: offset,
    /** What was left out because of the cap: from the first to the last such byte. */
    skipped: z.optional(z.looseObject({ from: offset, to: offset })),
  });

  return z
    .looseObject({
      v,
      id: RunId,
      /** Higher than that of every report before, also if another worker made that. */
      seq: z.number().check(z.int(), z.gte(1), z.lte(1e15)),
      /** By the clock of the worker. */
      at: instant,
      worker: z.looseObject({
        name: short.check(z.minLength(1), z.regex(/^\P{Cc}*$/u, 'must have no control characters')),
        labels: z.optional(z.array(short).check(z.maxLength(100))),
        host: z.looseObject({ name: short, bootId: short, pidNamespace: short }),
      }),
      /** The run record as it is on the worker. */
      run: z.optional(RunRecord),
      wrapper: z.optional(IdentityRecord),
      command: z.optional(IdentityRecord),
      /** When the command began. */
      begunAt: z.optional(instant),
      beat: z.optional(z.looseObject({ n: z.number().check(z.int(), z.gte(0), z.lte(999_999_999_999)), at: instant })),
      /** As `pm status` says it on the worker. A state that this version does not know is taken for `running`. */
      state: short,
      evidence: words,
      /** The awake time that the run has taken, its limit, and since when it shows nothing, ms. */
      elapsedMs: amount,
      limitMs: z.optional(z.nullable(z.number().check(z.int(), z.gte(1)))),
      quietMs: z.optional(amount),
      /** What a person would have to decide. */
      troubles: z.optional(z.array(z.looseObject({ attention: short, evidence: words })).check(z.maxLength(16))),
      progress: z.optional(words),
      /** The newest order for another limit that the worker has looked at: when it was given, and why its host refused it. */
      limitOrder: z.optional(z.looseObject({ at: instant, refused: z.optional(words) })),
      /** The present attempt of a run that may be retried. */
      attempt: z.optional(z.number().check(z.int(), z.gte(1), z.lte(999_999_999))),
      ready: z.optional(ReadyRecord),
      unready: z.optional(ReadyRecord),
      log: z.optional(CarriedLog),
      errors: z.optional(CarriedLog),
      /** The line of `ending`, such as `v1 exit 0`. */
      ending: z.optional(words),
      /** How the run ended, without its result. */
      outcome: z.optional(OutcomeRecord),
      /** The result as the job wrote it. */
      result: optionalText,
      /** It never began on the worker, because a check or the breaker refused it there. */
      refused: z.optional(z.looseObject({ kind: short, message: words })),
    })
    .check(
      z.refine(({ run, refused }) => run !== undefined || refused !== undefined, 'must have a run or a refusal'),
      z.refine(({ id, run, outcome }) => (run?.id ?? id) === id && (outcome?.id ?? id) === id, 'must be about one run'),
    );
}

// Why: contributing/decisions/2026-11-29-a-mirror-of-a-run-elsewhere.md
/**
 * What a worker says at an instant about the local run of an entry. It is whole: whoever has missed the reports before it needs no other.
 * Of two reports the one with the higher `seq` counts. It never holds an environment.
 */
export type Report = z.infer<ReturnType<typeof reportSchema>>;

let known: ReturnType<typeof reportSchema> | undefined;

/** Parses a report as if an enemy had written it. */
export function decodeReport(text: string): Decoded<Report> {
  known ??= reportSchema();
  return decodeJson<Report>(known, text);
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** The base64 of a whole chunk. */
const LONGEST = Math.ceil(CHUNK_BYTES / 3) * 4;

function chunkSchema() {
  const offset = z.number().check(z.int(), z.gte(0), z.lte(1e15));
  return z.looseObject({
    v,
    /** The offset of its first byte. */
    at: offset,
    /** The bytes in base64: a log may hold anything. */
    data: text.check(z.maxLength(LONGEST), z.regex(BASE64, 'must be base64')),
    /** How many bytes before it are left out for good. */
    skipped: z.optional(offset),
    /** Absent: it belongs to the log. */
    stream: z.optional(z.literal('errors')),
  });
}

/** A piece of a log on its way from the worker. */
export type LogChunk = z.infer<ReturnType<typeof chunkSchema>>;

let knownChunk: ReturnType<typeof chunkSchema> | undefined;

/** Parses a chunk as if an enemy had written it. */
export function decodeLogChunk(text: string): Decoded<LogChunk> {
  knownChunk ??= chunkSchema();
  return decodeJson<LogChunk>(knownChunk, text);
}
