import { describe, expect, test } from 'vitest';
import { parseStat } from './parse-stat.ts';

const FIELDS_4_TO_52 =
  '2879 2880 2353 0 -1 4227084 85 0 0 0 120 30 7 3 20 0 1 0 98794 0 0 18446744073709551615 0 0 0 0 0 0 0 6 65536 1 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 1792';
const line = (command: string, state: string, fields = FIELDS_4_TO_52) => `2931 (${command}) ${state} ${fields}\n`;
const PAGE = () => 4096;

describe('a line of /proc/<pid>/stat', () => {
  test('gives a row, times in milliseconds', () => {
    const row = {
      pid: 2931,
      ppid: 2879,
      pgid: 2880,
      sid: 2353,
      state: 'Z',
      startTime: '98794',
      cpuMs: 1600,
      residentBytes: 0,
    };
    expect(parseStat(line('sh', 'Z'), PAGE)).toEqual({ ...row, command: 'sh' });
  });

  test('gives the resident memory in bytes, whatever the size of a page is', () => {
    const resident = FIELDS_4_TO_52.replace(' 98794 0 0 ', ' 98794 9000000 512 ');
    expect(parseStat(line('sh', 'S', resident), () => 16_384)?.residentBytes).toBe(512 * 16_384);
    expect(parseStat(`${line('sh', 'S', resident).split(' 9000000')[0]} `, PAGE)).not.toHaveProperty('residentBytes');
  });

  test.each(['a b', ') (', 'x) Z 1 1 1', '((', ')', 'two\nlines', ''])(
    'is counted from the last parenthesis: %j',
    (command) => {
      expect(parseStat(line(command, 'S'), PAGE)).toMatchObject({
        pid: 2931,
        ppid: 2879,
        state: 'S',
        startTime: '98794',
        command,
      });
    },
  );

  test('a leader whose main thread has ended while others work is no zombie', () => {
    const twoThreads = FIELDS_4_TO_52.replace(' 20 0 1 0 98794', ' 20 0 2 0 98794');
    expect(parseStat(line('python3', 'Z', twoThreads), PAGE)?.state).toBe('S');
  });

  test.each([
    '',
    '2931',
    '2931 (sh',
    '2931 (sh) Z 1 2',
    line('sh', 'S').slice(0, line('sh', 'S').indexOf('98794') + 3),
  ])('cut short is no row: %j', (text) => {
    expect(parseStat(text, PAGE)).toBeUndefined();
  });
});
