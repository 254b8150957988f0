import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { styledLine } from './styled-line.ts';
import { renderTerminal } from './terminal.ts';
import { PLAIN, styleAfter } from './text-style.ts';

const ESC = '\u001b';
const shown = (raw: string): string =>
  styledLine(raw, PLAIN)
    .pieces.map(({ text }) => text)
    .join('');

test.each([
  ['plain text', 'built in 3 s', 'built in 3 s'],
  ['markup', '<b>&amp;</b>', '<b>&amp;</b>'],
  ['a return writes over', '10 %\r20 %', '20 %'],
  ['the rest of a longer version goes', 'first\rsecond\rthird', 'third'],
  ['a return with nothing behind it', 'half\r', 'half'],
  ['an erased line', `10 of 20${ESC}[2K${ESC}[1Gdone`, 'done'],
  ['what is erased behind the cursor', `abcdef\rxy${ESC}[K`, 'xy'],
  ['a backspace', 'ab\bc', 'ac'],
  ['one before the first column', '\b\ba', 'a'],
  ['a backspace over a character of two units', 'a😀b\b\bcd', 'acd'],
  ['a tab', 'ab\tc', 'ab\tc'],
  ['a bell', 'a\u0007b', 'a\u0007b'],
  ['a cleared screen', `a${ESC}[2J${ESC}[1;1Hb${ESC}(B`, 'ab'],
  ['the alternate screen', `${ESC}[?1049h${ESC}[?25lx`, 'x'],
  ['a question to the terminal', `${ESC}[6n${ESC}[cx`, 'x'],
  ['a title', `${ESC}]0;title\u0007shown`, 'shown'],
  ['a link', `${ESC}]8;;https://example.org/${ESC}\\link${ESC}]8;;${ESC}\\`, 'link'],
  ['the clipboard', '\u009d52;c;b3duZWQ=\u009cshown', 'shown'],
  ['a device', `${ESC}Pdevice${ESC}\\shown`, 'shown'],
  ['a title that is never ended', `${ESC}]0;shown`, '0;shown'],
  ['hidden text', `${ESC}[8mhidden${ESC}[0m`, 'hidden'],
  ['a sequence that was cut off', `cut off ${ESC}[3`, 'cut off '],
  ['its first character alone', `cut off ${ESC}`, 'cut off '],
])('%s', (_what, raw, expected) => {
  expect(shown(raw)).toBe(expected);
});

test('the text is what a terminal leaves', () => {
  const part = fc.oneof(
    fc.constantFrom('\r', '\b', `${ESC}[K`, `${ESC}[1m`, ' ', '['),
    fc.string({ unit: 'grapheme' }),
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const raw = parts.join('').replace(/\p{C}/gu, (one) => ('\r\b\u001b'.includes(one) ? one : ''));
      expect(shown(raw)).toBe(renderTerminal(raw));
    }),
  );
});

describe('colours', () => {
  test('pieces that look alike are one', () => {
    const { pieces, next } = styledLine(`a${ESC}[31mb\rcd${ESC}[mef`, PLAIN);
    expect(pieces).toEqual([
      { text: 'cd', style: { colour: 1 } },
      { text: 'ef', style: {} },
    ]);
    expect(next).toEqual(PLAIN);
  });

  test.each([
    ['a colour', '', '31', { colour: 1 }],
    ['the newest one counts', '31', '32', { colour: 2 }],
    ['a bright one', '', '91', { colour: 9 }],
    ['text and ground', '31', '44', { colour: 1, ground: 4 }],
    ['a bright ground', '', '107', { ground: 15 }],
    ['bold with a colour', '', '1;31', { bold: true, colour: 1 }],
    ['reset', '1;31', '0', {}],
    ['an empty list resets too', '1;31', '', {}],
    ['the end of a colour', '1;31', '39', { bold: true, colour: undefined }],
    ['neither bold nor dim', '1;2', '22', { bold: false, dim: false }],
    ['one of 256', '', '38;5;208', { colour: 208 }],
    ['one of 16 million', '', '48;2;1;2;3', { ground: [1, 2, 3] }],
    ['written with colons', '', '38:5:208', { colour: 208 }],
    ['with a place for a palette', '', '38:2::1:2:3;4', { colour: [1, 2, 3], underline: true }],
    ['half of a colour is none', '', '38;5', {}],
    ['nor is one out of range', '', '38;5;999', {}],
    ['blinking is left out', '', '5', {}],
    ['what nobody knows changes nothing', '31', '777;12345', { colour: 1 }],
    ['nor does another sequence that ends like it', '31', '?4', { colour: 1 }],
  ])('%s', (_what, before, parameters, after) => {
    expect(styleAfter(styleAfter(PLAIN, before || '0'), parameters)).toEqual(after);
  });
});
