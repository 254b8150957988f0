import { expect, test } from 'vitest';
import { plainText } from './log-tail.ts';

test.each([
  ['a progress bar is its last version', 'a 1%\ra 2%\ra 3%\nend\n', 'a 3%\nend\n'],
  ['a line ended the way of Windows is whole', 'one\r\ntwo\r\n', 'one\ntwo\n'],
  ['a return with nothing behind it erases nothing', 'half\r', 'half'],
  ['what steers a terminal is left out', '\u001b[31mred\u001b[0m\u0007 \u202eneddih', 'red neddih'],
])('%s', (_, text, plain) => {
  expect(plainText(text)).toBe(plain);
});

test('a megabyte without a line end is made plain at once', () => {
  const line = 'x'.repeat(1_000_000);
  expect(plainText(`${line}\r${line}`)).toBe(line);
});
