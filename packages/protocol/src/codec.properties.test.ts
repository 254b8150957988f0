import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Decoded,
  decodeAttempt,
  decodeBeat,
  decodeDeadline,
  decodeEnding,
  decodeIdentity,
  decodeJson,
  decodeLease,
  decodeTruncated,
  type Ending,
  encodeDeadline,
  encodeEnding,
  encodeIdentity,
  encodeJson,
  encodeLease,
} from './codec.ts';
import { ADVICE, LIVENESS, OUTCOMES, REASONS } from './outcome.ts';
import type { Policy } from './policy.ts';
import { EventRecord } from './records/event.ts';
import type { IdentityRecord } from './records/identity.ts';
import { OutcomeRecord } from './records/outcome.ts';
import { decodeLogChunk, decodeReport, type LogChunk, type Report } from './records/report.ts';
import { RunRecord } from './records/run.ts';
import { TraceRecord } from './records/trace.ts';
import { newRunId } from './run-id.ts';

// Any sequence of UTF-16 units: lone surrogates, NUL, line separators.
const text = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));
const count = fc.maxSafeNat();
const amount = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((n) => n + 0);
const step = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const id = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }).map((at) => newRunId(at));
const pid = fc.integer({ min: 2, max: 2_147_483_647 });
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown); // -0 is 0 in JSON

const identity: fc.Arbitrary<IdentityRecord> = fc.record({
  pid,
  startTime: fc.stringMatching(/^[!-~]{1,20}( [!-~]{1,20}){0,2}$/),
});
const ending: fc.Arbitrary<Ending> = fc.oneof(
  fc.record({ cause: fc.constant('exit' as const), code: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ cause: fc.constantFrom('timeout', 'hung', 'cancelled', 'lost'), by: text, evidence: text }),
);
const deadline = fc.option(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
const bootMs = fc.integer({ min: 1_000, max: 999_999_999_999 });
const policy: fc.Arbitrary<Policy> = fc
  .record({
    liveness: fc.constantFrom(...LIVENESS),
    beatMs: fc.integer({ min: 1, max: 1e9 }),
    timeoutMs: deadline,
    graceMs: count,
    quietAfterMs: fc.integer({ min: 1 }),
    logCapBytes: fc.integer({ min: 65_536 }),
  })
  .map((some) => ({ ...some, staleMs: some.beatMs * 2 + 1 }));
const run: fc.Arbitrary<RunRecord> = fc.record(
  {
    v: fc.constant(1 as const),
    id,
    step,
    argv: fc.array(text, { minLength: 1 }),
    cwd: text,
    createdAt: count,
    host: fc.record({ name: text, bootId: text, pidNamespace: text }),
    policy,
    owner: fc.record({ user: text, session: text }, { requiredKeys: ['user'] }),
    split: fc.boolean(),
    cgroup: text,
    ofALaterMinor: json,
  },
  { requiredKeys: ['v', 'id', 'step', 'argv', 'cwd', 'createdAt', 'host', 'policy', 'owner'] },
);
const outcome: fc.Arbitrary<OutcomeRecord> = fc.record(
  {
    v: fc.constant(1 as const),
    id,
    step,
    outcome: fc.constantFrom(...OUTCOMES),
    reason: fc.constantFrom(...REASONS),
    advice: fc.constantFrom(...ADVICE),
    exitCode: fc.integer({ min: 0, max: 255 }),
    signal: text,
    startedAt: count,
    endedAt: count,
    elapsedMs: amount,
    evidence: text,
    endedBy: text,
    survivors: fc.array(fc.record({ pid, startTime: text, command: text, ofALaterMinor: json })),
    result: json,
    resultError: text,
    logBytes: count,
    logTruncated: text,
  },
  {
    requiredKeys: [
      ...(['v', 'id', 'step', 'outcome', 'reason', 'advice', 'startedAt', 'endedAt'] as const),
      ...(['elapsedMs', 'evidence', 'survivors', 'logBytes'] as const),
    ],
  },
);
const event: fc.Arbitrary<EventRecord> = fc.record({
  ...{ v: fc.constant(1 as const), at: count, event: text, by: text, signal: text },
});
const trace: fc.Arbitrary<TraceRecord> = fc.record({
  ...{ v: fc.constant(1 as const), beat: count, logBytes: count, ownBeatAtMs: amount },
  ...{ cpuMs: amount, ioBytes: amount, silentMs: amount, quietMs: amount },
});

const offset = fc.integer({ min: 0, max: 1e15 });
const short = fc.string({ unit: 'grapheme', maxLength: 40 });
const carried = fc.record(
  {
    bytes: offset,
    sent: offset,
    attempt: fc.integer({ min: 1, max: 101 }),
    base: offset,
    at: offset,
    skipped: fc.record({ from: offset, to: offset }),
  },
  { requiredKeys: ['bytes', 'sent', 'attempt', 'base', 'at'] },
);
const ready = fc.record({ v: fc.constant(1 as const), at: count, evidence: text });
const report: fc.Arbitrary<Report> = fc
  .record(
    {
      v: fc.constant(1 as const),
      seq: fc.integer({ min: 1, max: 1e15 }),
      at: count,
      worker: fc.record({
        name: fc.stringMatching(/^[a-z0-9.é-]{1,40}$/),
        labels: fc.array(short, { maxLength: 5 }),
        host: fc.record({ name: short, bootId: short, pidNamespace: short }),
      }),
      wrapper: identity,
      command: identity,
      begunAt: count,
      beat: fc.record({ n: fc.integer({ min: 0, max: 999_999_999_999 }), at: count }),
      state: short,
      evidence: short,
      elapsedMs: amount,
      limitMs: deadline,
      quietMs: amount,
      troubles: fc.array(fc.record({ attention: short, evidence: short }), { maxLength: 6 }),
      progress: short,
      attempt: fc.integer({ min: 1, max: 101 }),
      ready,
      unready: ready,
      log: carried,
      errors: carried,
      ending: short,
      result: text,
      refused: fc.record({ kind: short, message: short }),
      ofALaterMinor: json,
    },
    { requiredKeys: ['v', 'seq', 'at', 'worker', 'state', 'evidence', 'elapsedMs'] },
  )
  .chain((some) =>
    fc.tuple(run, fc.option(outcome)).map(([run, outcome]) => ({
      ...some,
      id: run.id,
      run,
      ...(outcome !== null && { outcome: { ...outcome, id: run.id } }),
    })),
  );
const chunk: fc.Arbitrary<LogChunk> = fc.record(
  {
    v: fc.constant(1 as const),
    at: offset,
    data: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    skipped: offset,
    stream: fc.constant('errors' as const),
  },
  { requiredKeys: ['v', 'at', 'data'] },
);

interface Form {
  readonly name: string;
  /** A value, and the text it is written as: by us, or by sh where we have no encoder. */
  readonly written: fc.Arbitrary<readonly [value: unknown, text: string]>;
  readonly decode: (text: string) => Decoded<unknown>;
}

const forms: Form[] = [
  form('beat', fc.integer({ min: 0, max: 999_999_999_999 }), (value) => `${value}\n`, decodeBeat),
  form('attempt', fc.integer({ min: 1, max: 101 }), (n) => `v1 ${n}\n`, decodeAttempt),
  form('identity', identity, encodeIdentity, decodeIdentity),
  form('ending', ending, encodeEnding, decodeEnding),
  form('deadline', deadline, encodeDeadline, decodeDeadline),
  form('lease', fc.record({ untilMs: bootMs, atMs: bootMs }), encodeLease, decodeLease),
  form(
    'truncation by the cap',
    fc.tuple(fc.nat(1e9), fc.nat(1e9)).map(([from, hole]) => ({ by: 'cap', from, to: from + hole })),
    ({ from, to }) => `v1 cap ${from} ${to}\n`,
    decodeTruncated,
  ),
  form(
    'truncation by the job',
    fc.nat(1e15 - 1).map((bytes) => ({ by: 'job', bytes })),
    ({ bytes }) => `v1 job ${bytes}\n`,
    decodeTruncated,
  ),
  form('run record', run, encodeJson, (json) => decodeJson(RunRecord, json)),
  form('outcome record', outcome, encodeJson, (json) => decodeJson(OutcomeRecord, json)),
  form('event record', event, encodeJson, (json) => decodeJson(EventRecord, json)),
  form('report', report, encodeJson, decodeReport),
  form('piece of a log', chunk, encodeJson, decodeLogChunk),
  form('trace record', trace, encodeJson, (json) => decodeJson(TraceRecord, json)),
];

describe.each(forms)('any $name', ({ written, decode }) => {
  test('reads back as it was written, through bytes', () => {
    fc.assert(
      fc.property(written, ([value, written]) => {
        expect(decode(throughBytes(Buffer.from(written)))).toEqual({ kind: 'present', value });
      }),
    );
  });

  test('cut off anywhere is malformed or the same value, never another one', () => {
    fc.assert(
      fc.property(written, fc.nat(), ([value, written], at) => {
        const bytes = Buffer.from(written);
        const decoded = decode(throughBytes(bytes.subarray(0, at % bytes.length)));
        if (decoded.kind === 'present') expect(decoded.value).toEqual(value);
        else expect(decoded.kind).toBe('malformed');
      }),
      { numRuns: 500 },
    );
  });

  test('with bytes changed is read without a crash', () => {
    fc.assert(
      fc.property(written, fc.array(fc.tuple(fc.nat(), fc.nat(255))), ([, written], changes) => {
        const bytes = Buffer.from(written);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        expect(['present', 'malformed', 'newer']).toContain(decode(throughBytes(bytes)).kind);
      }),
    );
  });

  test('of random bytes is read without a crash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(['present', 'malformed', 'newer']).toContain(decode(throughBytes(bytes)).kind);
      }),
    );
  });
});

function form<T>(
  name: string,
  values: fc.Arbitrary<T>,
  encode: (value: T) => string,
  decode: (text: string) => Decoded<unknown>,
): Form {
  return { name, written: values.map((value) => [value, encode(value)] as const), decode };
}

function throughBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
