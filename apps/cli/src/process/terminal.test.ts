import { describe, expect, test } from 'vitest';
import { styleOf } from './terminal.ts';

const TERMINAL = { isTTY: true, columns: 100 };
const PIPE = { isTTY: false, columns: 0 };

describe('styleOf', () => {
  test.each<[what: string, stream: typeof PIPE, env: Record<string, string>, colour: boolean]>([
    ['a terminal', TERMINAL, {}, true],
    ['a pipe', PIPE, {}, false],
    ['a dumb terminal', TERMINAL, { TERM: 'dumb' }, false],
    ['a pipe with FORCE_COLOR', PIPE, { FORCE_COLOR: '1' }, true],
    ['a pipe with an empty FORCE_COLOR', PIPE, { FORCE_COLOR: '' }, true],
    ['a terminal with FORCE_COLOR=0', TERMINAL, { FORCE_COLOR: '0' }, false],
    ['NO_COLOR, which wins', TERMINAL, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['an empty NO_COLOR, which is none', TERMINAL, { NO_COLOR: '' }, true],
  ])('colour: %s', (_what, stream, env, colour) => {
    expect(styleOf(stream, { env, argv: [] }, 0).colour).toBe(colour);
  });

  test('a pipe is as wide as nobody looks at', () => {
    expect(styleOf(PIPE, { env: {}, argv: [] }, 0)).toMatchObject({ person: false, columns: 80 });
  });

  test('an instant of another day is told with its date', () => {
    const noon = new Date(2026, 10, 23, 12, 0).getTime();
    const { clock } = styleOf(PIPE, { env: {}, argv: [] }, noon);
    expect(clock(new Date(2026, 10, 23, 14, 32).getTime())).toBe('14:32');
    expect(clock(new Date(2026, 10, 24, 4, 5).getTime())).toBe('2026-11-24 04:05');
  });
});
