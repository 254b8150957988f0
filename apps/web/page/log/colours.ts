import type { TerminalColour, TextStyle } from '@pm/operations/styled-line';

/** How a piece of a line looks on the page, which has a readable colour for each theme. */
export interface Looks {
  /** Classes: `fg-red`, `bg-blue`, `bold`. */
  readonly classes: readonly string[];
  /** Colours of the larger palettes, `#rrggbb`. */
  readonly colour: string | undefined;
  readonly ground: string | undefined;
}

// Why: contributing/decisions/2026-11-29-what-the-page-is-made-of.md
/** The looks of a style. */
export function looksOf({ colour, ground, reverse = false, ...marks }: TextStyle): Looks {
  const [front, back] = reverse ? [ground, colour] : [colour, ground];
  const isPlain = front === undefined && back === undefined;
  const set = Object.entries(marks).flatMap(([name, isSet]) => (isSet ? [name] : []));
  return {
    classes: [...set, ...(reverse && isPlain ? ['reverse'] : []), ...named('fg', front), ...named('bg', back)],
    colour: mixed(front),
    ground: mixed(back),
  };
}

/** The bright forms look the same: on either ground, one of the two could not be read. */
const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

function named(place: 'fg' | 'bg', colour: TerminalColour | undefined): string[] {
  if (colour === undefined) return [];
  return [`${place}-${mixed(colour) === undefined ? NAMES[Number(colour) % 8] : 'mixed'}`];
}

/** The steps of the cube that the colours 16 to 231 are. */
const STEPS = [0, 95, 135, 175, 215, 255];

/** Undefined for the colours that have a name. */
function mixed(colour: TerminalColour | undefined): string | undefined {
  if (typeof colour !== 'number') return colour === undefined ? undefined : hexOf(colour);
  if (colour < 16) return undefined;
  if (colour >= 232) return hexOf(Array(3).fill(8 + 10 * (colour - 232)));
  const place = colour - 16;
  return hexOf([place / 36, (place / 6) % 6, place % 6].map((step) => STEPS[Math.floor(step)] ?? 0));
}

function hexOf(parts: readonly number[]): string {
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
