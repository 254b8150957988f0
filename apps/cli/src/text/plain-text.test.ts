import { describe, expect, test } from 'vitest';
import { jsonLine, oneLine, plain } from './plain-text.ts';

const ESC = '\u001b';

describe('plain', () => {
  test.each([
    ['a colour', `${ESC}[1;31mred${ESC}[0m`, 'red'],
    ['a cleared screen', `${ESC}[2J${ESC}[Hgone`, 'gone'],
    ['a window title', `${ESC}]0;pwned\u0007text`, 'text'],
    ['a title ended by ST', `${ESC}]0;pwned${ESC}\\text`, 'text'],
    ['a title that never ends', `${ESC}]0;pwned`, '0;pwned'],
    ['a link', `${ESC}]8;;http://x${ESC}\\here${ESC}]8;;${ESC}\\`, 'here'],
    ['a device control string', `${ESC}Pq#0${ESC}\\text`, 'text'],
    ['sequences of C1 bytes', '\u009b31mred\u009d0;t\u0007', 'red'],
    ['a charset switch', `${ESC}(0text`, 'text'],
    ['a lone escape', `a${ESC}`, 'a'],
    ['backspaces and bells', 'pass\b\b\b\bfail\u0007', 'passfail'],
    ['an override of direction', 'a\u202eb', 'ab'],
    ['returns of a progress bar', '10%\r20%\r\n', '10%\n20%\n'],
    ['newlines and tabs stay', 'a\n\tb', 'a\n\tb'],
    ['letters of all scripts stay', 'größe 日本 🙂', 'größe 日本 🙂'],
  ])('%s', (_what, text, expected) => {
    expect(plain(text)).toBe(expected);
  });

  test('a megabyte of unfinished sequences is plain before anybody gives up', () => {
    expect(plain(`${ESC}]`.repeat(500_000))).not.toContain(ESC);
  });
});

test('oneLine makes one line of many', () => {
  expect(oneLine(' a\n  b\r\nc ')).toBe('a b c');
});

test('a line of JSON carries no byte that a terminal obeys', () => {
  expect(jsonLine({ tail: '\u001b[2J\u009b2J\n' })).toBe('{"tail":"\\u001b[2J\\u009b2J\\n"}\n');
});
