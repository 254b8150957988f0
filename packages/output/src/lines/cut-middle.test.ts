import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutAround, cutMiddle } from './cut-middle.ts';

test.each<[text: string, maxBytes: number, cut: string]>([
  ['short', 100, 'short'],
  ['x'.repeat(100), 100, 'x'.repeat(100)],
  [`begin${'x'.repeat(1_000)}end`, 60, `begin${'x'.repeat(7)}…[988 characters left out]…${'x'.repeat(5)}end`],
  ['é'.repeat(40), 9, 'ééé…'],
  ['', 5, ''],
])('%j in %i bytes', (text, maxBytes, cut) => {
  expect(cutMiddle(text, maxBytes)).toBe(cut);
});

test('what is cut fits, says how much is missing, and has whole characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.integer({ min: 3, max: 200 }), (text, maxBytes) => {
      const cut = cutMiddle(text, maxBytes);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes);
      expect(cut).not.toMatch(/\p{Surrogate}/u); // half a character
      const [, left] = /…\[(\d+) characters left out\]…/.exec(cut) ?? [];
      if (left !== undefined)
        expect(cut.length - `…[${left} characters left out]…`.length + Number(left)).toBe(text.length);
    }),
  );
});

test('what is cut twice says how much is missing in all', () => {
  const twice = cutMiddle(cutMiddle('x'.repeat(100_000), 2_000), 500);
  const [, left] = /…\[(\d+) characters left out\]…/.exec(twice) ?? [];
  expect(twice.replace(/[^x]/g, '').length - 'characters left out'.replace(/[^x]/g, '').length + Number(left)).toBe(
    100_000,
  );
});

test('around a place is what was looked for', () => {
  const text = `${'a'.repeat(5_000)}needle${'b'.repeat(5_000)}`;
  const cut = cutAround(text, 5_000, 90);
  expect(cut).toContain('aneedleb');
  expect(cut).toMatch(/^…\[4970 characters left out\]….*…\[4946 characters left out\]…$/);
  expect(cutAround('short needle', 6, 90)).toBe('short needle');
});
