import { expect, test } from 'vitest';
import { jsonLine, oneLine, plain } from './plain-text.ts';

test('returns of a progress bar hide nothing', () => expect(plain('10%\r20%\r\n')).toBe('10%\n20%\n'));

test('oneLine makes one line of many', () => {
  expect(oneLine(' a\n  b\r\nc ')).toBe('a b c');
});

test('a line of JSON carries no byte that a terminal obeys', () => {
  expect(jsonLine({ tail: '\u001b[2J\u009b2J\n' })).toBe('{"tail":"\\u001b[2J\\u009b2J\\n"}\n');
});
