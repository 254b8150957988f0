import { CONTROL, LOOKS, TOKEN, UNFINISHED, UNSEEN } from './escapes.ts';
import { Screen, type TerminalLine, type TerminalOptions } from './screen.ts';

// Why a terminal of our own: contributing/decisions/2026-11-29-a-log-is-read-as-a-terminal-shows-it.md

/** A terminal that output is written to, and whose lines are read. */
export interface Terminal {
  /** Adds a piece of output. A sequence may begin in one piece and end in the next. `at` is remembered for the lines that begin in it. */
  readonly write: (text: string, at?: number) => void;
  /** The lines that cannot change any more, each once. */
  readonly takeClosed: () => TerminalLine[];
  /** The last lines, which later output may change. There is always one: behind a newline it is empty. */
  readonly open: () => TerminalLine[];
  /** Nothing more comes: what looked like the beginning of an escape sequence is text. */
  readonly end: () => void;
}

/**
 * Output as a terminal would leave it, without an end at the right and at the bottom: `\r`, backspace, erase, and moves of the cursor have
 * their effect; all other escape sequences, control characters and invisible characters are removed; tabs stay. A cleared screen stays,
 * and what follows begins below it: a log must not lose what was printed. Time is linear in the output, memory bounded by its last lines.
 */
export function openTerminal(options: TerminalOptions = {}): Terminal {
  const screen = new Screen(options);
  let rest = '';
  return {
    write: (piece, at = 0) => {
      screen.begin(at);
      const text = (rest + piece).replace(UNSEEN, '').replaceAll('\r\n', '\n');
      rest = '';
      if (!CONTROL.test(text)) {
        writePlain(screen, text);
        return;
      }
      const whole = UNFINISHED.exec(text)?.index ?? text.length;
      rest = text.slice(whole);
      writeTokens(screen, text.slice(0, whole));
    },
    takeClosed: () => screen.takeClosed(),
    open: () => screen.open(),
    end: () => {
      writeTokens(screen, rest);
      rest = '';
    },
  };
}

/** A text as a terminal would leave it. */
export function renderTerminal(text: string): string {
  // Most output moves no cursor, and the end of a log may have a million lines.
  const still = text.replace(UNSEEN, '').replaceAll('\r\n', '\n').replace(LOOKS, '');
  if (!CONTROL.test(still)) return still;
  const terminal = openTerminal();
  terminal.write(text);
  terminal.end();
  return [...terminal.takeClosed(), ...terminal.open()].map((line) => line.text).join('\n');
}

function writePlain(screen: Screen, text: string): void {
  for (const [i, line] of text.split('\n').entries()) {
    if (i > 0) screen.newline();
    screen.write(line);
  }
}

function writeTokens(screen: Screen, text: string): void {
  let from = 0;
  for (const token of text.matchAll(TOKEN)) {
    const [all, parameters = '', final, letter, character] = token;
    screen.write(text.slice(from, token.index));
    from = token.index + all.length;
    if (character !== undefined) CONTROLS[character]?.(screen);
    else if (final !== undefined) SEQUENCES[final]?.(screen, ...numbersIn(parameters), parameters);
    else if (letter !== undefined && all.length === 2) ESCAPES[letter]?.(screen);
  }
  screen.write(text.slice(from));
}

const MOST_STEPS = 9_999;

function numbersIn(parameters: string): [first: number, second: number] {
  const [first = '', second = ''] = parameters.split(';', 2);
  return [numberOf(first), numberOf(second)];
}

/** Without a number it is 0. */
function numberOf(digits: string): number {
  return Math.min(Number.parseInt(digits, 10) || 0, MOST_STEPS);
}

type Act = (screen: Screen) => void;

const newline: Act = (screen) => screen.newline();

const CONTROLS: Readonly<Record<string, Act>> = {
  '\n': newline,
  '\v': newline,
  '\f': newline,
  '\u0085': newline,
  '\u2028': newline,
  '\u2029': newline,
  '\r': (screen) => screen.moveToColumn(0),
  '\b': (screen) => screen.moveLeft(1),
};

/** Two-character sequences. */
const ESCAPES: Readonly<Record<string, Act>> = {
  c: (screen) => screen.clear(),
  D: newline,
  E: newline,
  M: (screen) => screen.moveToRow(screen.y - 1),
  '7': (screen) => screen.save(),
  '8': (screen) => screen.restore(),
};

type ActWithNumbers = (screen: Screen, first: number, second: number, parameters: string) => void;

/** CSI sequences by their final letter. A number that is left out counts as 1, or as 0 for the erasing ones. */
const SEQUENCES: Readonly<Record<string, ActWithNumbers>> = {
  A: (screen, lines) => screen.moveToRow(screen.y - (lines || 1)),
  B: (screen, lines) => screen.moveDown(lines || 1),
  C: (screen, columns) => screen.moveToColumn(screen.column + (columns || 1)),
  D: (screen, columns) => screen.moveLeft(columns || 1),
  E: (screen, lines) => moveTo(screen, screen.y + (lines || 1), 1),
  F: (screen, lines) => moveTo(screen, screen.y - (lines || 1), 1),
  G: (screen, column) => screen.moveToColumn((column || 1) - 1),
  '`': (screen, column) => screen.moveToColumn((column || 1) - 1),
  H: (screen, line, column) => moveTo(screen, (line || 1) - 1, column),
  f: (screen, line, column) => moveTo(screen, (line || 1) - 1, column),
  d: (screen, line) => screen.moveToRow((line || 1) - 1),
  J: (screen, mode) => {
    if (mode === 0) screen.eraseBelow();
    if (mode >= 2) screen.clear();
  },
  K: (screen, mode) => screen.eraseLine(mode === 0 ? 'after' : mode === 1 ? 'before' : 'all'),
  s: (screen) => screen.save(),
  u: (screen) => screen.restore(),
  h: switchScreen,
  l: switchScreen,
};

/** To and from the second screen of full-screen programs. */
function switchScreen(screen: Screen, _first: number, _second: number, parameters: string): void {
  if (/^\?(?:47|1047|1049)$/.test(parameters)) screen.clear();
}

function moveTo(screen: Screen, line: number, column: number): void {
  screen.moveToRow(line);
  screen.moveToColumn((column || 1) - 1);
}
