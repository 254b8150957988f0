import { styledLine, type TerminalColour, type TextStyle } from '@pm/operations/styled-line';
import { plain } from '../../text/plain-text.ts';

/** A piece of a line in one style. `colours` are parameters of SGR, such as `1;31`; empty: none. */
interface ColouredPiece {
  readonly text: string;
  readonly colours: string;
}

/** One line of a job's output, safe for a terminal: no piece has a control character. */
export type StyledText = readonly ColouredPiece[];

const TAB = 8;

/**
 * A line as the screen shows it: its colours stay, tabs are blanks, and no other control character is left.
 * @param style the style in which the line begins
 * @returns also the style in which the next line begins
 */
export function rowOfLine(raw: string, style: TextStyle): { readonly text: StyledText; readonly next: TextStyle } {
  const { pieces, next } = styledLine(raw, style);
  let column = 0;
  const spread = (text: string): string =>
    Array.from(text, (character) => {
      const shown = character === '\t' ? ' '.repeat(TAB - (column % TAB)) : character;
      column += character === '\t' ? shown.length : 1;
      return shown;
    }).join('');
  const text = pieces.flatMap((piece) => {
    const shown = spread(plain(piece.text).replaceAll('\n', ''));
    return shown === '' ? [] : [{ text: shown, colours: parametersOf(piece.style) }];
  });
  return { text, next };
}

/** The parameters of SGR that set a style. */
export function parametersOf({ colour, ground, ...marks }: TextStyle): string {
  return [
    marks.bold === true && '1',
    marks.dim === true && '2',
    marks.italic === true && '3',
    marks.underline === true && '4',
    marks.reverse === true && '7',
    marks.strikethrough === true && '9',
    marks.overline === true && '53',
    colour !== undefined && parametersOfColour(30, colour),
    ground !== undefined && parametersOfColour(40, ground),
  ]
    .filter(Boolean)
    .join(';');
}

/** @param first 30 for text, 40 for its ground */
function parametersOfColour(first: 30 | 40, colour: TerminalColour): string {
  if (typeof colour !== 'number') return `${first + 8};2;${colour.join(';')}`;
  if (colour >= 16) return `${first + 8};5;${colour}`;
  return `${colour < 8 ? first + colour : first + 60 + colour - 8}`;
}
