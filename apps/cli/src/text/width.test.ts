import { describe, expect, test } from 'vitest';
import { pad, truncate, widthOf } from './width.ts';

describe('truncate', () => {
  test.each([
    ['what fits stays', 'train', 5, 'train'],
    ['one column too many', 'train', 4, 'tra…'],
    ['one column is the dots', 'train', 1, '…'],
    ['no column, no text', 'train', 0, ''],
    ['a wide letter takes two columns', '日本語', 5, '日本…'],
    ['half of a wide letter is none of it', '日本語', 4, '日…'],
    ['a combining mark takes none', 'u\u0308ber', 4, 'u\u0308ber'],
  ])('%s', (_what, text, columns, expected) => {
    expect(truncate(text, columns)).toBe(expected);
    expect(widthOf(truncate(text, columns))).toBeLessThanOrEqual(columns);
  });
});

test('pad fills by columns, not by characters', () => {
  expect(pad('日本', 6)).toBe('日本  ');
});
