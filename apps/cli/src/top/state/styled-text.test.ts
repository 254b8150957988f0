import { describe, expect, test } from 'vitest';
import { allLines, NO_LINES, textIn, withText } from './log-lines.ts';
import { afterColours, rowOfLine } from './styled-text.ts';

const shown = (raw: string): string => textIn(rowOfLine(raw, '').text);

test.each([
  ['plain text stays', 'built in 3 s', 'built in 3 s'],
  ['a carriage return writes over', '10 %\r20 %', '20 %'],
  ['a shorter text leaves the end of the longer one', 'abcdef\rxy', 'xycdef'],
  ['unless the rest was erased', 'abcdef\rxy\u001b[K', 'xy'],
  ['a backspace goes back', 'ab\bc', 'ac'],
  ['not before the first column', '\b\ba', 'a'],
  ['a tab goes to the next multiple of eight', 'ab\tc', 'ab      c'],
  ['a clear screen is nothing', 'a\u001b[2Jb', 'ab'],
  ['nor is a title', '\u001b]0;title\u0007x', 'x'],
  ['nor the alternate screen', '\u001b[?1049lx', 'x'],
  ['nor a question to the terminal', '\u001b[6n\u001b[cx', 'x'],
  ['text that is turned around stands as it was written', '\u202eabc', 'abc'],
  ['a sequence that was cut off is no order', 'a\u001b[3', 'a3'],
])('%s', (_what, raw, expected) => {
  expect(shown(raw)).toBe(expected);
});

describe('colours', () => {
  test.each([
    ['a colour', '', '31', '31'],
    ['the newest one counts', '31', '32', '32'],
    ['text and ground', '31', '44', '31;44'],
    ['bold with a colour', '', '1;31', '1;31'],
    ['reset', '1;31', '0', ''],
    ['an empty list resets too', '1;31', '', ''],
    ['the end of a colour', '1;31', '39', '1'],
    ['one of 256', '', '38;5;208', '38;5;208'],
    ['one of 16 million', '', '48;2;1;2;3', '48;2;1;2;3'],
    ['written with colons', '', '38:5:208', '38;5;208'],
    ['half of a colour is none', '', '38;5', ''],
    ['nor is one out of range', '', '38;5;999', ''],
    ['blinking is left out', '', '5', ''],
    ['hidden text is shown', '', '8', ''],
    ['what nobody knows changes nothing', '31', '777;12345', '31'],
  ])('%s', (_what, before, parameters, after) => {
    expect(afterColours(before, parameters)).toBe(after);
  });

  test('go on in the next line', () => {
    const text = '\u001b[31mred\nstill\n';
    const [first, second] = allLines(withText(NO_LINES, { text, from: 0, to: text.length }));
    expect([first, second]).toEqual([[{ text: 'red', colours: '31' }], [{ text: 'still', colours: '31' }]]);
  });
});
