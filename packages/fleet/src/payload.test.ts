import { expect, test } from 'vitest';
import { pack, unpack } from './payload.ts';

test.each([
  undefined,
  null,
  'text',
  { argv: ['python', 'träin.py', '😀'] },
  { json: 'mine' },
  { json: '"mine"', more: 1 },
])('%j stays', (value) => {
  expect(unpack(pack(value))).toEqual(value);
});

test.each(['a\u0000b', { log: ['half \ud83d'] }, ['\udc00'], '\\u0000'])('%j travels as its text', (value) => {
  expect(JSON.stringify(pack(value))).not.toMatch(/(?<!\\)\\u(?:0000|d[89a-f])/);
  expect(unpack(pack(value))).toEqual(value);
});

test('what others have written stays as it is', () => {
  expect(unpack({ json: '{' })).toEqual({ json: '{' });
});
