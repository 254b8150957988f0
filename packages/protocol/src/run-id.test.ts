import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRunId, newRunId } from './run-id.ts';
import { isStepName } from './step.ts';

const AT = Date.UTC(2026, 10, 23, 18, 5, 12, 345);
const ZEROS = new Uint8Array(10);

describe('a run id', () => {
  test('has the instant of its birth and ten random characters', () => {
    const random = Uint8Array.from([0, 1, 9, 10, 17, 18, 20, 22, 27, 31]);
    expect(newRunId(AT, random)).toBe('20261123T180512345Z-019ahjmpvz');
  });

  test('is made of the given random bytes, five bits of each', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 10, maxLength: 10 }),
        fc.uint8Array({ minLength: 10, maxLength: 10 }),
        (a, b) => {
          const same = a.every((byte, i) => (byte & 31) === ((b[i] ?? 0) & 31));
          expect(newRunId(AT, a) === newRunId(AT, b)).toBe(same);
        },
      ),
    );
  });

  test('cannot be guessed: without given bytes no two of one millisecond are the same', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => newRunId(AT))).size).toBe(1_000);
  });

  test('sorts by time of birth', () => {
    const instant = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });
    fc.assert(
      fc.property(instant, instant, fc.uint8Array({ minLength: 10, maxLength: 10 }), (a, b, random) => {
        fc.pre(a !== b);
        expect(newRunId(a, random) < newRunId(b, ZEROS)).toBe(a < b);
      }),
    );
  });

  test('is always well formed and safe in a path', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }), (at) => {
        const id = newRunId(at);
        expect(isRunId(id)).toBe(true);
        expect(isStepName(id)).toBe(true);
      }),
    );
  });
});

describe('is no run id:', () => {
  test.each([
    ['nothing', ''],
    ['a path', '../20261123T180512345Z-7k3f9q2m7x'],
    ['upper case', '20261123T180512345Z-7K3F9Q2M7X'],
    ['a letter that reads as a digit', '20261123T180512345Z-7k3f9q2m7l'],
    ['nine random characters', '20261123T180512345Z-7k3f9q2m7'],
    ['eleven random characters', '20261123T180512345Z-7k3f9q2m7xx'],
    ['no milliseconds', '20261123T180512Z-7k3f9q2m7x'],
    ['a line break at the end', '20261123T180512345Z-7k3f9q2m7x\n'],
    ['a sibling of a write', '20261123T180512345Z-7k3f9q2m7x.tmp'],
  ])('%s', (_, text) => {
    expect(isRunId(text)).toBe(false);
  });
});
