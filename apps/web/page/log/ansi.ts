import { type Color, createAnsiSequenceParser, createColorPalette } from 'ansi-sequence-parser';

/** A piece of a line that looks alike. */
export interface StyledText {
  readonly text: string;
  /** Classes of the page, which has a readable colour for each theme: `fg-red`, `bg-blue`, `bold`. */
  readonly classes: readonly string[];
  /** Colours of the larger palettes, `#rrggbb`. */
  readonly colour?: string | undefined;
  readonly ground?: string | undefined;
}

// Sequences that are no colours: of the operating system (titles, links, the clipboard), of a device, and other commands of a terminal.
// What is not finished takes the rest of its line along.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const STRINGS = /(?:\x1b[\]P^_X]|[\x9d\x90\x9e\x9f\x98])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const COMMANDS = /(?:\x1b\[|\x9b)([0-?]*)[ -/]*([@-~])?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const OTHERS = /\x1b(?!\[[\d;]*m)[ -/]*[0-~]?/g;

const palette = createColorPalette();

// Why: contributing/decisions/2026-11-29-what-the-page-is-made-of.md
/**
 * Makes the function that splits one line after another into pieces. A colour lasts until it is taken back, also in later lines. Every
 * other escape sequence is dropped; control characters alone are left in the text.
 */
export function openStyles(): (line: string) => readonly StyledText[] {
  const parser = createAnsiSequenceParser();
  return (line) => {
    const text = onlyColours(line);
    const shown = afterRedraws(text);
    parser.parse(text.slice(0, text.length - shown.length)); // its colours last
    return parser.parse(shown).map(({ value, foreground, background, decorations }) => {
      const isReversed = decorations.has('reverse');
      const [front, back] = isReversed ? [background, foreground] : [foreground, background];
      // Hidden text is shown: whoever reads a log wants to see all of it.
      const kept = [...decorations].filter((name) => name !== 'hidden' && (name !== 'reverse' || !(front || back)));
      return {
        text: value,
        classes: [...kept, ...named('fg', front), ...named('bg', back)],
        colour: mixed(front),
        ground: mixed(back),
      };
    });
  };
}

/** A line as it stands in the end: after a carriage return a terminal writes it again. */
function afterRedraws(line: string): string {
  const text = line.replace(/\r+$/, '');
  return text.slice(text.lastIndexOf('\r') + 1);
}

function onlyColours(text: string): string {
  return text
    .replace(STRINGS, '')
    .replace(COMMANDS, (_, given: string, end: string | undefined) =>
      end === 'm' && /^[\d;:]*$/.test(given) ? `\x1b[${withZeros(given.replace(/:+/g, ';'))}m` : '',
    )
    .replace(OTHERS, '');
}

/** `ESC[m` is short for `ESC[0m`, which takes all back. */
function withZeros(codes: string): string {
  return codes.replace(/(?<=^|;)(?=;|$)/g, '0');
}

function named(place: 'fg' | 'bg', colour: Color | null): string[] {
  if (colour?.type === 'named') return [`${place}-${colour.name}`];
  return mixed(colour) === undefined ? [] : [`${place}-mixed`];
}

function mixed(colour: Color | null): string | undefined {
  return colour === null || colour.type === 'named' ? undefined : palette.value(colour);
}
