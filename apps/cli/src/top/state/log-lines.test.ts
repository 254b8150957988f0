import { describe, expect, test } from 'vitest';
import {
  allLines,
  beginningOf,
  type LogLines,
  linesWith,
  NO_LINES,
  textIn,
  withEarlierText,
  withText,
} from './log-lines.ts';

/** The lines after these pieces, which follow each other in the log. */
function after(pieces: readonly string[], first = 0, lines: LogLines = NO_LINES): LogLines {
  let from = first;
  return pieces.reduce((now, text) => {
    const piece = { text, from, to: from + Buffer.byteLength(text) };
    from = piece.to;
    return withText(now, piece);
  }, lines);
}

const firstByteOf = (lines: LogLines): number => beginningOf(lines).from;
const texts = (lines: LogLines): string[] => allLines(lines).map(textIn);
/** 1000 lines of 10 bytes that say at which byte they begin. */
const block = (from: number): string =>
  Array.from({ length: 1_000 }, (_, n) => `${String(from + 10 * n).padStart(9, '0')}\n`).join('');
/** Each line and where it begins; a hole or a doubled line shows as a line at a wrong byte. */
function isWithoutHole(lines: LogLines): boolean {
  return texts(lines).every((text, n) => Number(text) === firstByteOf(lines) + 10 * n);
}

test('lines that come in pieces are whole', () => {
  expect(texts(after(['on', 'e\ntw', 'o\n', 'open']))).toEqual(['one', 'two', 'open']);
});

test('lines are found in any case, without their colours', () => {
  const lines = allLines(after(['a\n\u001b[31mERR\u001b[0mor\nb error\n']));
  expect(linesWith(lines, 'Error')).toEqual([1, 2]);
  expect(linesWith(lines, '')).toEqual([]);
});

const LONG = 'x'.repeat(20_000);
const BARS = Array.from({ length: 2_000 }, (_, n) => `${'#'.repeat(20)} ${n}`);
describe('a line that is too long', () => {
  test.each<[string, readonly string[], string]>([
    ['is cut', [`${'x'.repeat(10_000_000)}\n`], 'x'.repeat(16_384)],
    ['is cut while it grows', [LONG, LONG], 'x'.repeat(16_384)],
    ['shows its last drawing', BARS.map((bar) => `\r${bar}`), `${'#'.repeat(20)} 1999`],
    ['also when the return comes behind each drawing', BARS.map((bar) => `${bar}\r`), `${'#'.repeat(20)} 1999`],
    ['also in one piece', [BARS.join('\r')], `${'#'.repeat(20)} 1999`],
    ['also when the line ends', [BARS.join('\r'), '\n'], `${'#'.repeat(20)} 1999`],
    ['also after a drawing that was too long', [LONG, '\rshort'], 'short'],
    ['also after one with its return behind it', [`${LONG}\r`, '\r\u001b[Kshort'], 'short'],
    ['of returns alone is what stood there', ['a', '\r'.repeat(20_000)], 'a'],
  ])('%s', (_what, pieces, expected) => {
    expect(texts(after(pieces))).toEqual([expected]);
  });

  test('keeps the colour of what was drawn over', () => {
    const [line] = allLines(after([`\u001b[31m${LONG}`, '\rred']));
    expect(line).toEqual([{ text: 'red', colours: '31' }]);
  });
});

describe('too many lines', () => {
  test('of a log that grows: the oldest are dropped, and the rest begins at a known byte', () => {
    const lines = after(Array.from({ length: 70 }, (_, n) => block(10_000 * n)));
    expect(lines.closed).toHaveLength(50_000);
    expect([firstByteOf(lines), lines.dropped]).toEqual([200_000, 20_000]);
    expect(isWithoutHole(lines)).toBe(true);
  });

  test('also when no read ends with a line', () => {
    const whole = Array.from({ length: 70 }, (_, n) => block(10_000 * n)).join('');
    const lines = after(whole.match(/.{1,9997}/gs) ?? []);
    expect(lines.closed.length).toBeLessThanOrEqual(50_000);
    expect(firstByteOf(lines)).toBeGreaterThan(0);
    expect(isWithoutHole(lines)).toBe(true);
  });

  test('with many characters are fewer', () => {
    const lines = after(Array.from({ length: 900 }, () => `${'x'.repeat(9_999)}\n`));
    expect(lines.closed.length).toBe(838);
    expect(firstByteOf(lines)).toBe((900 - 838) * 10_000);
  });

  test('read upwards: the newest are dropped, and what is written then is not joined to the rest', () => {
    let lines = after([block(700_000)], 700_000);
    for (let to = 700_000; to > 0; to -= 10_000)
      lines = withEarlierText(lines, { text: block(to - 10_000), from: to - 10_000, to });
    expect([lines.closed.length, firstByteOf(lines), lines.isEndDropped]).toEqual([50_000, 0, true]);
    expect(isWithoutHole(lines)).toBe(true);
    expect(after(['more\n'], 710_000, lines)).toBe(lines);
  });
});

test('what was dropped at the beginning can be read again', () => {
  const dropped = after(Array.from({ length: 70 }, (_, n) => block(10_000 * n)));
  const lines = withEarlierText(dropped, { text: block(190_000), from: 190_000, to: 200_000 });
  expect(firstByteOf(lines)).toBe(190_000);
  expect(isWithoutHole(lines)).toBe(true);
});

test('lines know of which attempt they are, also a line that a new attempt closes', () => {
  const first = withText(NO_LINES, { text: 'a\nopen', from: 100, to: 106, attempt: 1 });
  const second = withText(first, { text: '\nb\n', from: 0, to: 2, attempt: 2 });
  expect(texts(second)).toEqual(['a', 'open', 'b']);
  expect(second.reads.map(({ at }) => at)).toEqual([
    { from: 100, attempt: 1 },
    { from: 102, attempt: 1 },
  ]);
  expect(beginningOf(second)).toEqual({ from: 100, attempt: 1 });
});
