import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from './log-text.ts';

const id = '20261124T141919226Z-2ffpy3c9m8';

test('a cursor is one opaque word, and comes back as it was', () => {
  expect(encodeCursor({ id, byte: 4_096 })).toMatch(/^[\w-]+$/);
  expect(decodeCursor(encodeCursor({ id, byte: 4_096 }))).toEqual({ id, byte: 4_096 });
});

test.each([
  '',
  '40',
  'AAAA',
  encodeCursor({ id: '../../x', byte: 1 }),
  encodeCursor({ id, byte: -1 }),
  encodeCursor({ id, byte: 1.5 }),
])('none of ours: %j', (word) => expect(decodeCursor(word)).toBeUndefined());
