import { describe, expect, test } from 'vitest';
import { plainText } from './plain-text.ts';
import { renderTerminal } from './terminal/terminal.ts';

const ESC = '\u001b';

describe('escape sequences and control characters', () => {
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
    ['a bell', 'fail\u0007', 'fail'],
    ['an override of direction', 'a\u202eb', 'ab'],
  ])('%s is removed', (_, text, expected) => {
    expect(plainText(text)).toBe(expected);
    expect(plainText(text, { invisible: 'remove' })).toBe(expected);
    expect(renderTerminal(text)).toBe(expected);
  });

  test.each([
    ['newlines and tabs', 'a\n\tb'],
    ['letters of all scripts', 'größe 日本 🙂'],
  ])('%s stay', (_, text) => {
    expect(plainText(text, { invisible: 'remove' })).toBe(text);
    expect(renderTerminal(text)).toBe(text);
  });

  test('a backspace is removed with nothing else', () => {
    expect(plainText('pass\b\b\b\bfail')).toBe('passfail');
  });

  test.each([
    ['of ESC', `${ESC}]`],
    ['of C1 bytes', '\u0090'],
  ])('hundred thousand unfinished strings %s is plain before anybody gives up', (_, introducer) => {
    expect(plainText(introducer.repeat(100_000))).not.toContain(introducer[0]);
    expect(renderTerminal(introducer.repeat(100_000))).not.toContain(introducer[0]);
  });
});

test.each([
  ['a progress bar', 'a 1%\ra 2%\ra 3%\nend\n', 'a 1%\na 2%\na 3%\nend\n'],
  ['a line ended the way of Windows', 'one\r\ntwo\r\n', 'one\ntwo\n'],
  ['a return with nothing behind it', 'half\r', 'half\n'],
])('a carriage return in %s ends the line', (_, text, ended) => {
  expect(plainText(text)).toBe(ended);
});

describe('invisible characters', () => {
  test.each([
    ['what hides or reverses text is removed', 'a\u200bb\u202ec\u2066d\ufeff', 'abcd'],
    ['tag characters are removed', 'a\u{e0049}\u{e0067}b', 'ab'],
    ['unusual line ends become newlines', 'a\u2028b\u0085c', 'a\nb\nc'],
    ['joiners are removed', 'a\u200cb\u200dc', 'abc'],
  ])('%s', (_, text, expected) => {
    expect(plainText(text, { invisible: 'remove' })).toBe(expected);
  });

  test('stay for a person', () => {
    expect(plainText('a\u200bb')).toBe('a\u200bb');
  });
});
