import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startOrder } from '../process-table.ts';
import { parseBootId, parsePs } from './parse-ps.ts';

// Unproven: the sample is composed from the manual, see test/data/README.md.
const table = parsePs(readFileSync(new URL('../../test/data/ps-macos.txt', import.meta.url), 'utf8'));

test('every line of ps is a row, and other lines are none', () => {
  expect([...table.keys()]).toEqual([1, 501, 4242, 4243, 4244, 4245]);
});

test('names may hold spaces and parentheses, states are cut to one letter, minutes do not turn into hours', () => {
  expect(table.get(4242)).toEqual({
    pid: 4242,
    ppid: 501,
    pgid: 4242,
    sid: 0,
    state: 'S',
    startTime: 'Mon Nov 23 18:00:12 2026',
    cpuMs: 7_260_500,
    residentBytes: 204_800 * 1024,
    command: 'Google Chrome Helper (Renderer)',
  });
  expect(table.get(4245)?.state).toBe('Z');
});

test('a start time does not depend on how ps pads the day, and can be compared', () => {
  expect(table.get(1)?.startTime).toBe('Mon Nov 9 07:12:03 2026');
  const order = (pid: number) => startOrder(table.get(pid)?.startTime ?? '');
  expect(order(4243) - order(4242)).toBe(100);
  expect(order(4242) * 10).toBe(Date.UTC(2026, 10, 23, 18, 0, 12));
});

test.each([
  [
    'the session when the kernel names it',
    'DA90818C-AAAA-BBBB-CCCC-0123456789AB\n{ sec = 1, usec = 2 } Mon',
    'DA90818C-AAAA-BBBB-CCCC-0123456789AB',
  ],
  ['the second of the boot otherwise', '{ sec = 1795000000, usec = 73 } Mon Nov  9 07:12:00 2026\n', '1795000000'],
  ['nothing when sysctl says nothing', '', ''],
])('the boot id is %s', (_, output, bootId) => {
  expect(parseBootId(output)).toBe(bootId);
});
