/**
 * A colour of a terminal: its number, or its red, green and blue from 0 to 255. The first 16 are those that people choose for their terminal
 * (black, red, green, yellow, blue, magenta, cyan, white, and a bright form of each); 16 to 231 are a cube, 232 to 255 are greys.
 */
export type TerminalColour = number | readonly [red: number, green: number, blue: number];

/** How text looks. Blinking and hidden text are not known: whoever reads a log wants to see all of it. */
export interface TextStyle {
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly strikethrough?: boolean;
  readonly overline?: boolean;
  /** Its two colours are exchanged. */
  readonly reverse?: boolean;
  /** Undefined: that of the terminal. */
  readonly colour?: TerminalColour | undefined;
  readonly ground?: TerminalColour | undefined;
}

/** Text without any style. */
export const PLAIN: TextStyle = {};

/** What each number of SGR changes. Those of colours are worked out. */
const CHANGES: Readonly<Record<number, TextStyle>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { reverse: true },
  9: { strikethrough: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { reverse: false },
  29: { strikethrough: false },
  39: { colour: undefined },
  49: { ground: undefined },
  53: { overline: true },
  55: { overline: false },
};

/** More numbers in one sequence are not read. */
const MOST_NUMBERS = 32;

/**
 * The style after a sequence of SGR. What is not known, and a colour that is not whole, changes nothing.
 * @param parameters such as `1;31`; empty takes everything back, as `0` does
 */
export function styleAfter(before: TextStyle, parameters: string): TextStyle {
  if (!/^[\d;:]*$/.test(parameters)) return before; // of another sequence that ends with m
  const numbers = parameters.replace(/:+/g, ';').split(';', MOST_NUMBERS).map(Number);
  let style = before;
  for (let at = 0; at < numbers.length; at++) {
    const number = numbers[at] ?? 0;
    if (number === 0) style = PLAIN;
    else if (number === 38 || number === 48) {
      const { colour, count } = largeColour(numbers.slice(at + 1));
      if (colour !== undefined) style = { ...style, [number === 38 ? 'colour' : 'ground']: colour };
      at += count;
    } else {
      const change = CHANGES[number] ?? ownColour(number);
      if (change !== undefined) style = { ...style, ...change };
    }
  }
  return style;
}

/** One of the colours that have a number of SGR: 30 to 37 and 90 to 97, and each ten more for the ground. */
function ownColour(number: number): TextStyle | undefined {
  const [tens, digit] = [Math.floor(number / 10), number % 10];
  if (digit > 7) return undefined;
  if (tens === 3 || tens === 9) return { colour: tens === 3 ? digit : digit + 8 };
  return tens === 4 || tens === 10 ? { ground: tens === 4 ? digit : digit + 8 } : undefined;
}

/** The colour behind 38 or 48: `5` and a number, or `2` and three. @returns also how many numbers belong to it */
function largeColour([kind, ...rest]: readonly number[]): {
  readonly colour: TerminalColour | undefined;
  readonly count: number;
} {
  const [red = Number.NaN, green = Number.NaN, blue = Number.NaN] = rest;
  if (kind === 5) return { colour: red <= 255 ? red : undefined, count: 2 };
  if (kind === 2) return { colour: Math.max(red, green, blue) <= 255 ? [red, green, blue] : undefined, count: 4 };
  return { colour: undefined, count: 0 };
}
