import { describe, expect, test } from 'vitest';
import { cpuMsIn, memoryBytesIn } from './cgroup-usage.ts';

test.each([
  ['its total', 'usage_usec 57886\nuser_usec 6439\nsystem_usec 51447\nnice_usec 0\n', 58],
  ['nothing of an empty file', '', undefined],
  ['nothing of another form', 'usage_usec many\n', undefined],
  ['nothing of a cut line', 'usage_usec', undefined],
])('cpu.stat gives %s', (_, text, expected) => expect(cpuMsIn(text)).toBe(expected));

describe('memory.stat', () => {
  test('gives what the kernel cannot take back, without cached files', () => {
    const text =
      'anon 1000\nfile 900000\nkernel 70\nkernel_stack 20\npagetables 10\nsock 5\nshmem 300\nslab_reclaimable 4000\nslab_unreclaimable 7\n';
    expect(memoryBytesIn(text)).toBe(1342);
  });

  test('gives nothing where the memory controller does not work', () => expect(memoryBytesIn('')).toBeUndefined());
});
