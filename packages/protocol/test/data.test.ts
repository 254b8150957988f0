import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeBeat, decodeEnding } from '../src/codec.ts';
import {
  claimedSteps,
  presentIn,
  readClaim,
  readOutcome,
  readRecord,
  readRun,
  readRunRecord,
} from '../src/fs/index.ts';
import { type Decoded, decodeJson, decodePid, decodeStatus, runPaths, stepPaths, TraceRecord } from '../src/index.ts';
import { EventRecord } from '../src/records/event.ts';

// A copy of our own: the files of a clone may belong to somebody else, and records of others are malformed.
let data: string;
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), 'pm-data-'));
  cpSync(fileURLToPath(new URL('data', import.meta.url)), data, { recursive: true });
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

describe('files of version 1 stay readable:', () => {
  const TRAIN = '20261123T190222939Z-m6s3qwpnaa';
  const SYNC = '20261123T190223507Z-snecd6vf52';
  const dir = (): string => join(data, 'v1');

  test('the steps and their newest runs', () => {
    expect(claimedSteps(dir()).sort()).toEqual(['sync', 'train']);
    const { n, run } = readClaim(dir(), 'train') ?? {};
    expect(n).toBe(1);
    expect(run).toMatchObject({ kind: 'present', value: { id: TRAIN, step: 'train', argv: ['python3', 'train.py'] } });
    expect(presentIn(readRunRecord(dir(), SYNC))).toMatchObject({
      id: SYNC,
      policy: { liveness: 'output', beatMs: 400 },
    });
  });

  test('a success', () => {
    expect(values({ ...readRun(dir(), TRAIN), outcome: readOutcome(dir(), TRAIN) })).toEqual({
      wrapper: { pid: 24678, startTime: '377235' },
      command: { pid: 24681, startTime: '377235' },
      heartbeat: 0,
      deadline: 1_800_000,
      exit: { cause: 'exit', code: 0 },
      ending: { cause: 'exit', code: 0 },
      outcome: expect.objectContaining({ outcome: 'success', reason: 'exit-zero', result: { acc: 0.93 } }),
    });
  });

  test('a hang', () => {
    const evidence = 'no output for 1.2 s on 6 looks, limit 1 s; the command was alive';
    expect(values({ ...readRun(dir(), SYNC), outcome: readOutcome(dir(), SYNC) })).toMatchObject({
      heartbeat: 3,
      exit: { cause: 'exit', code: 143 },
      ending: { cause: 'hung', by: 'pm run 24730', evidence },
      outcome: {
        outcome: 'hung',
        reason: 'no-evidence',
        evidence,
        endedBy: 'pm run 24730',
        signal: 'SIGTERM',
        survivors: [],
      },
    });
    const { trace } = runPaths(dir(), SYNC);
    expect(presentIn(readRecord(trace, (text) => decodeJson(TraceRecord, text)))).toMatchObject({
      beat: 3,
      silentMs: 1200,
    });
  });

  test.each([TRAIN, SYNC])('the events of %s, line by line', (id) => {
    const lines = readFileSync(runPaths(dir(), id).events, 'utf8').trimEnd().split('\n');
    for (const line of lines) expect(decodeJson(EventRecord, line).kind).toBe('present');
    expect(lines.at(-1)).toContain('"event":"ended"');
  });

  test('the announced endings', () => {
    expect(readdirSync(join(dir(), 'ended')).sort()).toEqual([TRAIN, SYNC]);
    for (const id of [TRAIN, SYNC]) expect(readRecord(runPaths(dir(), id).ended, decodeEnding).kind).toBe('present');
  });

  test('the flat names', () => {
    expect(flat(dir(), 'train')).toEqual({ pid: 24681, beat: 0, status: 'SUCCESS', result: { acc: 0.93 } });
    expect(flat(dir(), 'sync')).toEqual({ pid: 24740, beat: 3, status: 'FAILED', result: undefined });
  });

  test('every outcome there is', () => {
    const ids = readdirSync(join(dir(), 'runs'));
    for (const id of ids) expect(readOutcome(dir(), id).kind).toBe('present');
  });
});

describe('files of a foreign writer are read:', () => {
  const dir = (): string => join(data, 'foreign-writer');

  test('a success, whose heartbeat is an empty file', () => {
    expect(flat(dir(), 'export')).toEqual({
      pid: expect.any(Number),
      beat: undefined,
      status: 'SUCCESS',
      result: { key: 'value' },
    });
  });

  test('a failure, which leaves no result', () => {
    expect(flat(dir(), 'backtest')).toEqual({
      pid: expect.any(Number),
      beat: undefined,
      status: 'FAILED',
      result: undefined,
    });
  });

  test('and none of them is taken for a run of ours', () => {
    expect(claimedSteps(dir())).toEqual([]);
  });
});

function values(disk: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(disk).map(([name, reading]) => [name, presentIn(reading)]));
}

function flat(dir: string, step: string): Record<string, unknown> {
  const paths = stepPaths(dir, step);
  const asJson = (text: string): Decoded<unknown> => ({ kind: 'present', value: JSON.parse(text) });
  return {
    pid: presentIn(readRecord(paths.pid, decodePid)),
    beat: presentIn(readRecord(paths.heartbeat, decodeBeat)),
    status: presentIn(readRecord(paths.status, decodeStatus)),
    result: presentIn(readRecord(paths.result, asJson)),
  };
}
