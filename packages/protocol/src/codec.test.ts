import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
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
  type RunLease,
  type Truncated,
} from './codec.ts';
import type { IdentityRecord } from './records/identity.ts';

const MALFORMED = 'malformed';
type Expected<T> = T | typeof MALFORMED | { newer: number };

describe('a beat', () => {
  test.each<[string, string, Expected<number>]>([
    ['the first', '0\n', 0],
    ['a later one', '4711\n', 4711],
    ['the empty file of a writer that touches', '', MALFORMED],
    ['torn', '47', MALFORMED],
    ['negative', '-1\n', MALFORMED],
    ['a fraction', '1.5\n', MALFORMED],
    ['thirteen digits', '1234567890123\n', MALFORMED],
    ['CRLF', '1\r\n', MALFORMED],
  ])('%s', (_, text, expected) => check(decodeBeat(text), expected));
});

describe('an identity', () => {
  test.each<[string, string, Expected<IdentityRecord>]>([
    ['of Linux', 'v1 4711 123456\n', { pid: 4711, startTime: '123456' }],
    ['of macOS', 'v1 4711 Mon Nov 23 18:00:12 2026\n', { pid: 4711, startTime: 'Mon Nov 23 18:00:12 2026' }],
    [
      'of macOS as ps pads it',
      'v1 47 Mon Nov  9 18:00:12 2026    \n',
      { pid: 47, startTime: 'Mon Nov 9 18:00:12 2026' },
    ],
    ['64 characters of start time', `v1 2 ${'9'.repeat(64)}\n`, { pid: 2, startTime: '9'.repeat(64) }],
    ['65 characters of start time', `v1 2 ${'9'.repeat(65)}\n`, MALFORMED],
    ['no start time', 'v1 4711\n', MALFORMED],
    ['an empty start time', 'v1 4711 \n', MALFORMED],
    ['a blank start time', 'v1 4711   \n', MALFORMED],
    ['init', 'v1 1 5\n', MALFORMED],
    ['everybody', 'v1 -1 5\n', MALFORMED],
    ['our group', 'v1 0 5\n', MALFORMED],
    ['text', 'v1 self 5\n', MALFORMED],
    ['a pid no kernel gives', 'v1 2147483648 5\n', MALFORMED],
    ['a second line', 'v1 4711 5\nv1 4712 5\n', MALFORMED],
    ['CRLF', 'v1 4711 5\r\n', MALFORMED],
    ['torn', 'v1 4711 12', MALFORMED],
    ['no version', '4711 123456\n', MALFORMED],
    ['version 0', 'v0 4711 123456\n', MALFORMED],
    ['a later version', 'v2 4711 123456 boot\n', { newer: 2 }],
    ['a version that is none', 'v1234567 4711 5\n', MALFORMED],
    ['control characters', 'v1 4711 1\u001b[2J\n', MALFORMED],
    ['nothing', '', MALFORMED],
  ])('%s', (_, text, expected) => check(decodeIdentity(text), expected));

  test('is written on one line that sh can write too', () => {
    expect(encodeIdentity({ pid: 4711, startTime: '123456' })).toBe('v1 4711 123456\n');
  });
});

describe('an ending', () => {
  const unknown = { by: 'unknown', evidence: '' };
  test.each<[string, string, Expected<Ending>]>([
    ['exit 0', 'v1 exit 0\n', { cause: 'exit', code: 0 }],
    ['exit 255', 'v1 exit 255\n', { cause: 'exit', code: 255 }],
    ['exit 256', 'v1 exit 256\n', MALFORMED],
    ['exit -1', 'v1 exit -1\n', MALFORMED],
    ['exit 00', 'v1 exit 00\n', MALFORMED],
    ['exit with nothing', 'v1 exit \n', MALFORMED],
    ['exit with more', 'v1 exit 0 0\n', MALFORMED],
    ['torn: exit 10 must not read as exit 1', 'v1 exit 1', MALFORMED],
    ['torn: exit 1 must not read as an exit at all', 'v1 exit', MALFORMED],
    ['CRLF', 'v1 exit 0\r\n', MALFORMED],
    ['two lines', 'v1 exit 0\nv1 exit 1\n', MALFORMED],
    ['a blank line after it', 'v1 exit 0\n\n', MALFORMED],
    ['zeros that a crash left', '\0\0\0\0\0\0\0\0\0\0', MALFORMED],
    ['a cause with its details', 'v1 hung {"by":"m","evidence":"e"}\n', { cause: 'hung', by: 'm', evidence: 'e' }],
    ['a cause alone: an order is an order', 'v1 timeout\n', { cause: 'timeout', ...unknown }],
    ['details of other types', 'v1 cancelled {"by":1,"evidence":null}\n', { cause: 'cancelled', ...unknown }],
    ['details that are no JSON', 'v1 cancelled {"by":}\n', { cause: 'cancelled', ...unknown }],
    [
      'details with more in them',
      'v1 hung {"by":"m","evidence":"e","n":1}\n',
      { cause: 'hung', by: 'm', evidence: 'e' },
    ],
    ['details cut off', 'v1 hung {"by":"m"\n', MALFORMED],
    ['a cause nobody knows', 'v1 bored {}\n', MALFORMED],
    ['a cause that success could be read from', 'v1 success\n', MALFORMED],
    ['a later version', 'v2 exited 0\n', { newer: 2 }],
    ['version 0', 'v0 exit 0\n', MALFORMED],
    ['no version', 'exit 0\n', MALFORMED],
    ['nothing', '', MALFORMED],
  ])('%s', (_, text, expected) => check(decodeEnding(text), expected));

  test.each(['\u2028', '\u2029', '\u0085', '\r', '\n', '\0', '"', '\\', '}', '\ud800', '🚂'])(
    'whose evidence holds %j is one line and reads back',
    (evidence) => {
      const ending: Ending = { cause: 'hung', by: `pm ${evidence}`, evidence };
      const text = encodeEnding(ending);
      expect(text.indexOf('\n')).toBe(text.length - 1);
      check(decodeEnding(text), ending);
    },
  );
});

describe('a lease', () => {
  test.each<[string, string, Expected<RunLease>]>([
    ['until, and said at', 'v1 66735123 66725000\n', { untilMs: 66_735_123, atMs: 66_725_000 }],
    ['of 31 years', 'v1 999999999999 1000\n', { untilMs: 999_999_999_999, atMs: 1_000 }],
    ['longer than the wrapper counts', 'v1 1000000000000 1000\n', MALFORMED],
    ['within the first second of a boot', 'v1 999 1000\n', MALFORMED],
    ['one number', 'v1 66735123\n', MALFORMED],
    ['three numbers', 'v1 66735123 66725000 5\n', MALFORMED],
    ['a number that may be taken for an octal one', 'v1 066735123 66725000\n', MALFORMED],
    ['none', 'v1 none\n', MALFORMED],
    ['torn', 'v1 66735123 667', MALFORMED],
    ['a later version', 'v2 66735123 66725000\n', { newer: 2 }],
  ])('%s', (_, text, expected) => check(decodeLease(text), expected));
});

describe('a deadline', () => {
  test.each<[string, string, Expected<number | null>]>([
    ['half an hour', 'v1 1800000\n', 1_800_000],
    ['none', 'v1 none\n', null],
    ['the longest', `v1 ${Number.MAX_SAFE_INTEGER}\n`, Number.MAX_SAFE_INTEGER],
    ['longer than numbers reach', `v1 ${2 ** 53}\n`, MALFORMED],
    ['0', 'v1 0\n', MALFORMED],
    ['negative', 'v1 -5\n', MALFORMED],
    ['a fraction', 'v1 1.5\n', MALFORMED],
    ['as people write it', 'v1 30m\n', MALFORMED],
    ['torn', 'v1 18', MALFORMED],
    ['almost none', 'v1 nonesuch\n', MALFORMED],
    ['a later version', 'v2 none until 5\n', { newer: 2 }],
    ['nothing', '', MALFORMED],
  ])('%s', (_, text, expected) => check(decodeDeadline(text), expected));

  test('of any length a policy allows reads back', () => {
    check(decodeDeadline(encodeDeadline(Number.MAX_SAFE_INTEGER)), Number.MAX_SAFE_INTEGER);
  });
});

describe('an attempt', () => {
  test.each<[string, string, Expected<number>]>([
    ['the second', 'v1 2\n', 2],
    ['the hundredth', 'v1 100\n', 100],
    ['before the first', 'v1 0\n', MALFORMED],
    ['torn', 'v1 1', MALFORMED],
    ['of how many', 'v1 2/4\n', MALFORMED],
    ['a later version', 'v2 two\n', { newer: 2 }],
    ['nothing', '', MALFORMED],
  ])('%s', (_, text, expected) => check(decodeAttempt(text), expected));
});

describe('a truncation', () => {
  test.each<[string, string, Expected<Truncated>]>([
    ['by the cap', 'v1 cap 10 20\n', { by: 'cap', from: 10, to: 20 }],
    ['by the job', 'v1 job 10\n', { by: 'job', bytes: 10 }],
    ['a hole of nothing', 'v1 cap 10 10\n', { by: 'cap', from: 10, to: 10 }],
    ['a hole that ends before it begins', 'v1 cap 20 10\n', MALFORMED],
    ['a hole without an end', 'v1 cap 10\n', MALFORMED],
    ['a job with a hole', 'v1 job 10 20\n', MALFORMED],
    ['negative', 'v1 cap -1 20\n', MALFORMED],
    ['torn', 'v1 cap 10 2', MALFORMED],
    ['somebody else', 'v1 cat 10 20\n', MALFORMED],
    ['a later version', 'v3 cap 1 2 3\n', { newer: 3 }],
    ['nothing', '', MALFORMED],
  ])('%s', (_, text, expected) => check(decodeTruncated(text), expected));
});

describe('a JSON record', () => {
  const Sample = z.looseObject({ v: z.literal(1), name: z.string() });
  test.each<[string, string, Expected<object>]>([
    ['whole', '{"v":1,"name":"a"}\n', { v: 1, name: 'a' }],
    ['with fields of a later minor', '{"v":1,"name":"a","more":[1]}', { v: 1, name: 'a', more: [1] }],
    ['of a later version', '{"v":2,"name":7}', { newer: 2 }],
    ['of version 0', '{"v":0,"name":"a"}', MALFORMED],
    ['of version "2"', '{"v":"2","name":"a"}', MALFORMED],
    ['of version 1.5', '{"v":1.5,"name":"a"}', MALFORMED],
    ['of no version', '{"name":"a"}', MALFORMED],
    ['without a field', '{"v":1}', MALFORMED],
    ['cut off', '{"v":1,"name":"a"', MALFORMED],
    ['twice', '{"v":1,"name":"a"}{"v":1,"name":"a"}', MALFORMED],
    ['a list', '[1]', MALFORMED],
    ['null', 'null', MALFORMED],
    ['a number', '2', MALFORMED],
    ['with a byte order mark', '\ufeff{"v":1,"name":"a"}', MALFORMED],
    ['nothing', '', MALFORMED],
  ])('%s', (_, text, expected) => check(decodeJson(Sample, text), expected));

  test('says which field is wrong', () => {
    expect(decodeJson(Sample, '{"v":1,"name":7}')).toMatchObject({
      kind: 'malformed',
      why: expect.stringMatching(/^name /),
    });
  });

  test('cannot change what other objects inherit', () => {
    decodeJson(Sample, '{"v":1,"name":"a","__proto__":{"polluted":true}}');
    expect('polluted' in {}).toBe(false);
  });

  test('nested half a million deep is read without a crash', () => {
    const deep = `{"v":1,"name":"a","x":${'['.repeat(500_000)}${']'.repeat(500_000)}}`;
    expect(decodeJson(Sample, deep).kind).toBe('present');
  });
});

function check<T>(decoded: Decoded<T>, expected: Expected<T>): void {
  if (expected === MALFORMED) expect(decoded).toEqual({ kind: 'malformed', why: expect.stringMatching(/./) });
  else if (isNewer(expected)) expect(decoded).toEqual({ kind: 'newer', v: expected.newer });
  else expect(decoded).toEqual({ kind: 'present', value: expected });
}

function isNewer(expected: unknown): expected is { newer: number } {
  return typeof expected === 'object' && expected !== null && 'newer' in expected;
}
