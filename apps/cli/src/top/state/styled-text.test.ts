import { PLAIN } from '@pm/operations/styled-line';
import { describe, expect, test } from 'vitest';
import { allLines, NO_LINES, textIn, withText } from './log-lines.ts';
import { rowOfLine } from './styled-text.ts';

test.each([
  ['plain text stays', 'built in 3 s', 'built in 3 s'],
  ['a tab goes to the next multiple of eight', 'ab\tc', 'ab      c'],
  ['one behind a colour too', 'ab\u001b[31mcd\te', 'abcd    e'],
  ['a bell is nothing', 'a\u0007b', 'ab'],
  ['text that is turned around stands as it was written', '\u202eabc', 'abc'],
])('%s', (_what, raw, expected) => {
  expect(textIn(rowOfLine(raw, PLAIN).text)).toBe(expected);
});

describe('colours', () => {
  test.each([
    ['a colour', '31', '31'],
    ['a bright one', '91', '91'],
    ['text and ground', '44;31', '31;44'],
    ['bold with a bright ground', '107;1', '1;107'],
    ['one of 256', '38;5;208', '38;5;208'],
    ['one of 16 million', '48;2;1;2;3', '48;2;1;2;3'],
    ['everything', '53;9;7;4;3;2;1', '1;2;3;4;7;9;53'],
  ])('%s', (_what, parameters, expected) => {
    expect(rowOfLine(`\u001b[${parameters}mx`, PLAIN).text).toEqual([{ text: 'x', colours: expected }]);
  });

  test('go on in the next line', () => {
    const text = '\u001b[31mred\nstill\n';
    const [first, second] = allLines(withText(NO_LINES, { text, from: 0, to: text.length }));
    expect([first, second]).toEqual([[{ text: 'red', colours: '31' }], [{ text: 'still', colours: '31' }]]);
  });
});
