import { plain } from '../../text/plain-text.ts';

/** A piece of a line in one style. `colours` are parameters of SGR, such as `1;31`; empty: none. */
export interface StyledPiece {
  readonly text: string;
  readonly colours: string;
}

/** One line of a job's output, safe for a terminal: no piece has a control character. */
export type StyledText = readonly StyledPiece[];

/** What moves or colours: CSI with its parameters and final byte, carriage return, backspace, tab. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what a job can write
const ESCAPE = /\u001b\[([0-9;:]*)([@-~])|\r|\u0008|\t/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the first characters of the above
const MOVES = /[\u001b\r\u0008\t]/;
const TAB = 8;

/**
 * A line as a terminal leaves it: what is written after a carriage return or a backspace replaces what was there. Colours stay; every other
 * escape sequence has no effect.
 * @param colours the style in which the line begins
 * @returns also the style in which the next line begins
 */
export function rowOfLine(raw: string, colours: string): { readonly text: StyledText; readonly colours: string } {
  if (!MOVES.test(raw)) {
    const text = plain(raw).replaceAll('\n', '');
    return { text: text === '' ? [] : [{ text, colours }], colours };
  }
  const cells: StyledPiece[] = [];
  let now = colours;
  let column = 0;
  const write = (text: string): void => {
    for (const character of plain(text).replaceAll('\n', '')) {
      cells[column] = { text: character, colours: now };
      column += 1;
    }
  };
  let from = 0;
  for (const match of raw.matchAll(ESCAPE)) {
    write(raw.slice(from, match.index));
    from = match.index + match[0].length;
    const [whole, parameters = '', final] = match;
    if (whole === '\r') column = 0;
    else if (whole === '\u0008') column = Math.max(0, column - 1);
    else if (whole === '\t') write(' '.repeat(TAB - (column % TAB)));
    else if (final === 'm') now = afterColours(now, parameters);
    else if (final === 'K' && (parameters === '' || parameters === '0')) cells.length = Math.min(cells.length, column);
    else if (final === 'K' && parameters === '2') cells.fill(SPACE);
  }
  write(raw.slice(from));
  return { text: joined(cells), colours: now };
}

const SPACE: StyledPiece = { text: ' ', colours: '' };

/** Neighbours of the same style become one piece. */
function joined(cells: readonly StyledPiece[]): StyledText {
  const pieces: { text: string; colours: string }[] = [];
  for (const { text, colours } of cells) {
    const last = pieces.at(-1);
    if (last !== undefined && last.colours === colours) last.text += text;
    else pieces.push({ text, colours });
  }
  return pieces;
}

/** Each attribute that may be set, and what sets it: bold, dim, italic, underlined, inverse, foreground, background. Not blinking, and not hidden. */
const KINDS: readonly (readonly [kind: string, test: RegExp])[] = [
  ['weight', /^(?:1|2)$/],
  ['italic', /^3$/],
  ['underline', /^4$/],
  ['inverse', /^7$/],
  ['text', /^(?:3[0-7]|9[0-7]|38;.+)$/],
  ['ground', /^(?:4[0-7]|10[0-7]|48;.+)$/],
];
const ENDS: Readonly<Record<string, string>> = {
  22: 'weight',
  23: 'italic',
  24: 'underline',
  27: 'inverse',
  39: 'text',
  49: 'ground',
};

/** The style after these parameters of SGR. What is not known changes nothing. */
export function afterColours(before: string, parameters: string): string {
  const set = new Map<string, string>();
  for (const attribute of attributesIn(before)) assign(set, attribute);
  for (const attribute of attributesIn(parameters === '' ? '0' : parameters)) assign(set, attribute);
  return [...set.values()].join(';');
}

function assign(set: Map<string, string>, attribute: string): void {
  if (/^0*$/.test(attribute)) return void set.clear();
  const ended = ENDS[attribute];
  if (ended !== undefined) return void set.delete(ended);
  const kind = KINDS.find(([, test]) => test.test(attribute))?.[0];
  if (kind !== undefined) set.set(kind, attribute);
}

/** The attributes in a list of parameters: `1;38;5;208` has two. A colour that is not whole is left out. */
function attributesIn(parameters: string): string[] {
  if (parameters === '') return [];
  const numbers = parameters.split(/[;:]/).slice(0, 32);
  const attributes: string[] = [];
  for (let at = 0; at < numbers.length; at++) {
    const number = numbers[at] ?? '';
    if (number !== '38' && number !== '48') {
      if (/^\d{0,3}$/.test(number)) attributes.push(number);
      continue;
    }
    const count = numbers[at + 1] === '5' ? 2 : numbers[at + 1] === '2' ? 4 : 0;
    const colour = numbers.slice(at + 1, at + 1 + count);
    if (count > 0 && colour.length === count && colour.every((one) => /^\d{1,3}$/.test(one) && Number(one) <= 255))
      attributes.push([number, ...colour].join(';'));
    at += count;
  }
  return attributes;
}
