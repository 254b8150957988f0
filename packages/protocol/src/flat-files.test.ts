import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decoded } from './codec.ts';
import { decodePid, decodeSaidStatus, decodeStatus, type SaidStatus } from './flat-files.ts';

const MALFORMED = 'malformed';
const presentIn = <T>(read: Decoded<T>): T | typeof MALFORMED => (read.kind === 'present' ? read.value : MALFORMED);

describe('the pid of a step', () => {
  test.each<[string, string, number | typeof MALFORMED]>([
    ['a pid alone on its line', '4711\n', 4711],
    ['the smallest that is not init', '2\n', 2],
    ['the largest a kernel can give', '2147483647\n', 2_147_483_647],
    ['no line end, as Python and Go write it', '4711', 4711],
    ['CRLF', '4711\r\n', 4711],
    ['a carriage return alone', '4711\r', 4711],
    ['spaces around it', '  4711  \n', 4711],
    ['a tab before it', '\t4711', 4711],
    ['several line ends', '\n4711\n\n', 4711],
    ['a byte order mark', '\uFEFF4711\r\n', 4711],
    ['one more than the largest', '2147483648\n', MALFORMED],
    ['init, which a kill must never reach', '1\n', MALFORMED],
    ['every process we may signal', '-1\n', MALFORMED],
    ['our own group', '0\n', MALFORMED],
    ['a process group', '-4711\n', MALFORMED],
    ['text', 'text\n', MALFORMED],
    ['a label', 'pid: 4711\n', MALFORMED],
    ['JSON', '{"pid":4711}\n', MALFORMED],
    ['eleven digits', '99999999999\n', MALFORMED],
    ['trailing garbage', '4711 rm\n', MALFORMED],
    ['a second pid', '4711\n4712\n', MALFORMED],
    ['leading zeros', '04711\n', MALFORMED],
    ['a sign', '+4711\n', MALFORMED],
    ['a fraction', '4711.0\n', MALFORMED],
    ['a hexadecimal number', '0x1267\n', MALFORMED],
    ['an exponent', '4e3\n', MALFORMED],
    ['digits beyond ASCII', '４７\n', MALFORMED],
    ['a NUL after it', '4711\0', MALFORMED],
    ['UTF-16', '\uFFFD\uFFFD4\x007\x00', MALFORMED],
    ['nothing', '', MALFORMED],
    ['white space alone', ' \n', MALFORMED],
  ])('%s', (_, text, expected) => expect(presentIn(decodePid(text))).toBe(expected));

  test('what is no pid is named, cut to what fits into a line', () => {
    expect(decodePid('pid: 123\n')).toEqual({ kind: 'malformed', why: '"pid: 123", which is not a pid' });
    expect(decodePid(`x${'y'.repeat(5_000)}`)).toEqual({
      kind: 'malformed',
      why: `"x${'y'.repeat(79)}…", which is not a pid`,
    });
  });

  test('any pid with any white space around it is that pid', () => {
    const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\r', '\n', '\uFEFF'), maxLength: 4 });
    fc.assert(
      fc.property(space, fc.integer({ min: 2, max: 2_147_483_647 }), space, (before, pid, after) => {
        expect(presentIn(decodePid(`${before}${pid}${after}`))).toBe(pid);
      }),
    );
  });
});

describe('the status of a step', () => {
  test.each<[text: string, expected: SaidStatus['word'], exitCode?: number]>([
    ['SUCCESS\n', 'SUCCESS'],
    ['FAILED\n', 'FAILED'],
    ['SUCCESS', 'SUCCESS'],
    ['success\n', 'SUCCESS'],
    ['Success\r\n', 'SUCCESS'],
    ['\uFEFFSUCCESS\r\n', 'SUCCESS'],
    ['  SUCCESS  \n\n', 'SUCCESS'],
    ['"SUCCESS"\n', 'SUCCESS'],
    ['succeeded', 'SUCCESS'],
    ['SUCCESS 0\n', 'SUCCESS', 0],
    ['SUCCESS (exit code 0)\n', 'SUCCESS', 0],
    ['SUCCESS in 12s\n', 'SUCCESS'],
    ['SUCCESS: 12 tests passed, 0 failed\n', 'SUCCESS'],
    ['SUCCESS, no errors\n', 'SUCCESS'],
    ['SUCCESS\n2026-11-29T03:12:00Z\n', 'SUCCESS'],
    ['exit 0\n', 'SUCCESS', 0],
    ['failed\r\n', 'FAILED'],
    ['\uFEFFFAILED', 'FAILED'],
    ['Failure\n', 'FAILED'],
    ['FAIL\n', 'FAILED'],
    ['FAILED 7\n', 'FAILED', 7],
    ['FAILED(7)\n', 'FAILED', 7],
    ['FAILED: 7\n', 'FAILED', 7],
    ['FAILED=7\n', 'FAILED', 7],
    ['FAILED rc=7\n', 'FAILED', 7],
    ['failed with code 137\n', 'FAILED', 137],
    ['FAILED (exit status 1)\n', 'FAILED', 1],
    ['FAILED -9\n', 'FAILED'],
    ['FAILED 3 of 600\n', 'FAILED'],
    ['FAILED tests/test_a.py after one success\n', 'FAILED'],
    ['FAILED\nTraceback (most recent call last):\n', 'FAILED'],
    ['exit 7\n', 'FAILED', 7],
    ['EXIT CODE: 7\n', 'FAILED', 7],
    ['exited with status 2\n', 'FAILED', 2],
  ])('%j is %s', (text, word, exitCode) => {
    const value = presentIn(decodeSaidStatus(text));
    expect(value).toMatchObject({ word });
    expect(value).toHaveProperty(
      'said',
      text
        .replace(/["\uFEFF]/g, '')
        .trim()
        .split('\n')[0],
    );
    expect(Object(value).exitCode).toBe(exitCode);
    expect(presentIn(decodeStatus(text))).toBe(word);
  });

  test.each([
    'SUCC',
    'DONE\n',
    'Done\n',
    'OK\n',
    '0\n',
    '7\n',
    'RUNNING\n',
    'SUCCESS\nFAILED\n',
    'FAILED\nSUCCESS\n',
    'SUCCESS FAILED\n',
    'SUCCESS/FAILED\n',
    'SUCCESS|FAILED\n',
    'SUCCESS or FAILED\n',
    'SUCCESS?\n',
    'SUCCESS: false\n',
    'SUCCESS 7\n',
    'SUCCESS rate 20%\n',
    'SUCCESS\nbut 3 errors\n',
    'SUCCESSFULLY\n',
    'SUCCESS_PENDING\n',
    'UNSUCCESSFUL\n',
    'not SUCCESS\n',
    'FAILED 0\n',
    'FAILED?\n',
    'FAILEDX\n',
    '{"status":"SUCCESS"}\n',
    'SUCCESS\0\n',
    '\uFFFD\uFFFDS\0U\0C\0C\0E\0S\0S\0',
  ])('%j is no status, and named', (text) => {
    const why = `${JSON.stringify(text.trim())}, which is neither SUCCESS nor FAILED`;
    expect(decodeSaidStatus(text)).toEqual({ kind: 'malformed', why });
    expect(decodeStatus(text)).toEqual({ kind: 'malformed', why });
  });

  test.each(['', '\n', ' \n', '\uFEFF', '""'])('%j is not yet one', (text) => {
    expect(decodeStatus(text)).toEqual({ kind: 'malformed', why: 'empty: not yet a status' });
  });

  test('what is kept of a long one reads the same', () => {
    const text = `FAILED ${'x'.repeat(5_000)}`;
    const first = decodeSaidStatus(text);
    expect(first.kind === 'present' && decodeSaidStatus(first.value.said)).toEqual(first);
  });
});
