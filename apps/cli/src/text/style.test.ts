import { expect, test } from 'vitest';
import { dotted, type Part, paint, type Style } from './style.ts';

const STYLE: Style = { person: true, columns: 80, colour: false, invocation: 'pm', clock: String };
const PARTS: Part[] = [{ text: '● ', tone: 'live' }, 'train ', { text: 'running', tone: 'live' }, '  37/120'];

test('a line is cut by what is seen of it, not by its colours', () => {
  const esc = '\u001b[';
  expect(paint(PARTS, { ...STYLE, colour: true }, 12)).toBe(`${esc}36m● ${esc}39mtrain ${esc}36mrun…${esc}39m`);
  expect(paint(PARTS, STYLE, 12)).toBe('● train run…');
  expect(paint(PARTS, STYLE)).toBe('● train running  37/120');
});

test('what a job wrote cannot colour, clear or break the line', () => {
  expect(paint(['train ', '\u001b[2J37\n\r120\u0007'], STYLE)).toBe('train 37 120');
});

test('absent and empty pieces leave no dot behind', () => {
  expect(paint(dotted(['a', undefined, '', [{ text: '', tone: 'dim' }], ['b', 'c']]), STYLE)).toBe('a · bc');
});
