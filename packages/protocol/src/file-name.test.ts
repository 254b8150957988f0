import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileNameOf } from './file-name.ts';

test.each([
  ['a session id stays readable', 'session 3f2a-9c', 'session=203f2a-9c'],
  ['a path cannot leave its folder', '../../etc/passwd', '=2e=2e=2f=2e=2e=2fetc=2fpasswd'],
  ['a dot is no name', '.', '=2e'],
  ['upper case is told from lower case, on every file system', 'aA', 'a=41'],
  ['a NUL and a newline are spelled out', '\0\n', '=00=0a'],
  ['letters of other scripts are their bytes', 'ü', '=c3=bc'],
])('%s', (_, text, name) => expect(fileNameOf(text)).toBe(name));

test('long texts that differ at their end only have different names of 200 characters', () => {
  const [one, other] = ['x', 'y'].map((end) => fileNameOf('a'.repeat(5_000) + end));
  expect(one).not.toBe(other);
  expect([one?.length, other?.length]).toEqual([200, 200]);
});

test('whatever the texts: safe, and different if they are', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(fileNameOf(a)).toMatch(/^[a-z0-9=-]{1,200}$/);
      expect(fileNameOf(a) === fileNameOf(b)).toBe(a === b);
    }),
  );
});
