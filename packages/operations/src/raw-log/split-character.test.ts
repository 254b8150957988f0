import { expect, test } from 'vitest';
import { begunIn, continuationIn } from './split-character.ts';

test.for<[what: string, bytes: number[], begun: number]>([
  ['nothing', [], 0],
  ['a letter', [0x61], 0],
  ['the first of two', [0x61, 0xd0], 1],
  ['two of three', [0xe2, 0x82], 2],
  ['three of four', [0xf0, 0x9f, 0x99], 3],
  ['a whole one', [0xd0, 0xbf], 0],
  ['a whole mark of byte order', [0xef, 0xbb, 0xbf], 0],
  ['a byte that begins none', [0xff], 0],
  ['more bytes than it can have', [0xd0, 0xbf, 0xbf], 0],
  ['bytes that continue nothing', [0x80, 0x80, 0x80], 0],
])('%s: of a character that has only begun there are so many bytes', ([_what, bytes, begun]) => {
  expect(begunIn(Uint8Array.from(bytes))).toBe(begun);
});

test('what continues a character is at most three bytes', () => {
  expect(continuationIn(Uint8Array.from([0x80, 0xbf, 0x61]))).toBe(2);
  expect(continuationIn(Uint8Array.from([0x80, 0x80, 0x80, 0x80]))).toBe(3);
});
