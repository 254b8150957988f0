import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openTerminal, renderTerminal } from './terminal.ts';

const ESC = '\u001b';
const up = (n: number): string => `${ESC}[${n}A`;
const down = (n: number): string => `${ESC}[${n}B`;
const ERASE = `${ESC}[2K`;

describe('a line that is drawn again', () => {
  test.each<[what: string, text: string, expected: string]>([
    ['progress bar', 'a 1%\ra 2%\ra 3%\nend\n', 'a 3%\nend\n'],
    ['a return with nothing behind it', 'half\r', 'half'],
    ['lines ended the way of Windows', 'one\r\ntwo\r\n', 'one\ntwo\n'],
    ['two returns before a line end', 'one\r\r\ntwo', 'one\ntwo'],
    ['an erased line', `\r[####] 3/600\r${ESC}[KFAILED: 3 of 600\n`, 'FAILED: 3 of 600\n'],
    ['erased with a zero', `working\r${ESC}[0Kdone`, 'done'],
    ['erased as a whole', `working${ESC}[2K${ESC}[1Gdone`, 'done'],
    ['erased before the cursor', `abcdef${ESC}[3D${ESC}[1K`, '    ef'],
    ['a longer version before', 'Downloading 399/600 of it\rFAILED: 3\n', 'FAILED: 3\n'],
    ['erased by blanks', 'Downloading\r           \rok\n', 'ok\n'],
    ['erased by blanks, and nothing more', 'Downloading\r           \r\n', '\n'],
    ['a spinner at the start of its line', '  Loading\r|\r/\r-\n', '- Loading\n'],
    ['a spinner of backspaces', 'Loading |\b/\b-\b\\\n', 'Loading \\\n'],
    ['the state before a name', '[    ] eth0\r[ ok ]\n', '[ ok ] eth0\n'],
    ['a bar drawn without its number', '[#   ] 1/2\r[##  ]\n', '[##  ] 1/2\n'],
    ['a bold letter of a manual', 'N\bNA\bAME\n', 'NAME\n'],
    ['a word that was typed wrong', 'pass\b\b\b\bfail', 'fail'],
    ['a column that is named', `name${ESC}[10Gvalue`, 'name     value'],
    ['a far move to the left', `Downloading 5 of 9${ESC}[1000Dfailed`, 'failed'],
    ['a move to the right', `a${ESC}[3Cb`, 'a   b'],
    ['a colour in the text', `\r${ESC}[1mLocal${ESC}[22m: http://localhost\n`, 'Local: http://localhost\n'],
    ['a tab', 'a\tb\rc\td', 'c\td'],
  ])('%s', (_, text, expected) => {
    expect(renderTerminal(text)).toBe(expected);
  });
});

describe('several lines that are drawn again', () => {
  test.each<[what: string, text: string, expected: string]>([
    [
      'layers of an image',
      `a: Waiting\nb: Waiting\n${up(2)}${ERASE}\ra: Done\r${down(2)}${up(1)}${ERASE}\rb: Error\r${down(1)}failed\n`,
      'a: Done\nb: Error\nfailed\n',
    ],
    ['a block that is erased below', `1\n2\n3\n${up(3)}${ESC}[Jdone\n`, 'done\n'],
    ['more lines up than there are', `a\n${up(99)}b\n`, 'b\n'],
    ['more lines down than there are', `a\n${down(99)}b\n`, 'a\nb\n'],
    ['the line before, from its start', `one\ntwo${ESC}[1Fnew\n`, 'new\ntwo'],
    ['a saved cursor', `a${ESC}7\nb${ESC}8c`, 'ac\nb'],
    ['a reverse line feed', `one\ntwo${ESC}M\rnew`, 'new\ntwo'],
    ['a screen drawn from its corner', `${ESC}[2J${ESC}[Hone\ntwo\n${ESC}[Hnew\n`, 'new\ntwo\n'],
  ])('%s', (_, text, expected) => {
    expect(renderTerminal(text)).toBe(expected);
  });

  test.each<[what: string, clear: string]>([
    ['by an erased display', `${ESC}[2J${ESC}[H`],
    ['with what was scrolled away', `${ESC}[2J${ESC}[3J${ESC}[H`],
    ['by a reset', `${ESC}c`],
    ['by the second screen', `${ESC}[?1049h`],
    ['twice', `${ESC}c${ESC}[2J`],
  ])('a screen that is cleared %s hides nothing that was printed', (_, clear) => {
    expect(renderTerminal(`error: no\n${clear}watching`)).toBe('error: no\nwatching');
  });
});

describe('piece by piece', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '\r',
      '\n',
      '\r\n',
      '\b',
      ESC,
      `${ESC}[`,
      `${ESC}]0;t`,
      '\u0007',
      up(1),
      ERASE,
      `${ESC}[J`,
      `${ESC}c`,
    ),
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc.constantFrom('a', 'word', '12%', ' ', '\t', 'ü', '🙂'),
  );

  test('the lines are the same, however the output is cut', () => {
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(200)), (pieces, cuts) => {
        const text = Buffer.from(pieces.join('')).toString();
        const at = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
        const terminal = openTerminal();
        for (const [i, from] of at.entries()) terminal.write(text.slice(from, at[i + 1] ?? from));
        terminal.end();
        const lines = [...terminal.takeClosed(), ...terminal.open()].map((line) => line.text).join('\n');
        if (at.some((cut) => /[\ud800-\udbff]/.test(text[cut - 1] ?? ''))) return; // a decoder gives whole characters
        expect(lines).toBe(renderTerminal(text));
      }),
    );
  });

  test('output that moves no cursor is the same text at once and in pieces', () => {
    const still = fc.constantFrom(
      'a',
      '\n',
      '\r\n',
      '\t',
      ' ',
      '\u200b',
      `${ESC}[31m`,
      `${ESC}[0;1m`,
      `${ESC}[m`,
      '[',
      '3',
      'm',
    );
    fc.assert(
      fc.property(fc.array(still), (pieces) => {
        const terminal = openTerminal();
        for (const text of pieces) terminal.write(text);
        terminal.end();
        const inPieces = [...terminal.takeClosed(), ...terminal.open()].map(({ text }) => text).join('\n');
        expect(renderTerminal(pieces.join(''))).toBe(inPieces);
      }),
    );
  });

  test('no control character is left, and what was rendered stays as it is', () => {
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const once = renderTerminal(pieces.join(''));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        expect(once).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
        expect(renderTerminal(once)).toBe(once);
      }),
    );
  });

  test('each version of a line is reported, with what stands in the end', () => {
    const seen: string[] = [];
    const terminal = openTerminal({ onReplaced: (text) => seen.push(text) });
    for (const text of ['10%', '\r20%\r3', `0%${ESC}[2K`, '\rdone\n']) terminal.write(text);
    expect(seen).toEqual(['10%', '20%', '30%']);
    expect(terminal.open().map(({ text }) => text)).toEqual(['done', '']);
  });

  test('a line that is too long loses its middle', () => {
    const terminal = openTerminal({ longestLine: 100 });
    terminal.write(`begin${'x'.repeat(10_000)}end`);
    const [line] = terminal.open();
    expect(line?.text).toMatch(/^begin.*…x+end$/);
    expect(line?.text.length).toBeLessThan(202);
  });

  test('a line knows where in the output it began', () => {
    const terminal = openTerminal();
    terminal.write('one\n', 0);
    terminal.write('two\n', 4);
    expect(terminal.open()).toEqual([
      { text: 'one', at: 0 },
      { text: 'two', at: 0 },
      { text: '', at: 4 },
    ]);
  });
});

describe('hostile output costs linear time', () => {
  const N = 40_000;
  test.each<[what: string, text: string]>([
    ['a line written again and again', `${'x'.repeat(N)}${'\r-'.repeat(N)}`],
    ['backspaces in a long line', `${'x'.repeat(N)}${'\b-\b'.repeat(N)}`],
    ['a long line and returns', `${'x'.repeat(N)}\r${'x'.repeat(N)}${'\r'.repeat(N)}`],
    ['far moves to the right', `${ESC}[9999Cx\r`.repeat(N)],
    ['far moves to the right, line by line', `${ESC}[9999Cx\n`.repeat(N)],
    ['erases of a long line', `${'x'.repeat(N)}${`${ESC}[1K`.repeat(N)}${`${ESC}[K`.repeat(N)}`],
    ['moves up and down', `a\n${up(5)}${down(3)}`.repeat(N)],
    ['unfinished numbers', `${ESC}[0;0;0;0`.repeat(N)],
    ['cleared screens', `x${ESC}c`.repeat(N)],
    ['saved cursors', `x${ESC}7${ESC}8`.repeat(N)],
  ])('%s', (_, text) => {
    expect(renderTerminal(text).length).toBeLessThan(4_000_000);
  });
});
