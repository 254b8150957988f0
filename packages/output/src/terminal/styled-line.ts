import { CONTROL, CUT_SEQUENCE, TOKEN } from './escapes.ts';
import { Row } from './row.ts';
import { PLAIN, styleAfter, type TextStyle } from './text-style.ts';

/** Characters beside each other that look alike. */
export interface StyledPiece {
  readonly text: string;
  readonly style: TextStyle;
}

/** One line as it is shown, and the style in which the next line begins. */
export interface StyledLine {
  readonly pieces: readonly StyledPiece[];
  readonly next: TextStyle;
}

/**
 * One line of a log as `renderTerminal` shows it, with its colours. A line alone is read, so nothing moves to another one. Tabs stay, and so do
 * other control characters, bare as they are: a frontend removes them, or shows what they are.
 * @param raw the line as it was written, without the newline at its end
 * @param before the style that the line before has left; `PLAIN` for the first one
 */
export function styledLine(raw: string, before: TextStyle): StyledLine {
  if (!CONTROL.test(raw)) return { pieces: raw === '' ? [] : [{ text: raw, style: before }], next: before };
  const row = new Row(0, Number.POSITIVE_INFINITY);
  const styles: TextStyle[] = [];
  let style = before;
  const write = (text: string): void => {
    if (text === '') return;
    const from = row.column;
    row.write(text);
    styles.length = Math.max(styles.length, row.column);
    styles.fill(style, from, row.column);
  };
  const text = raw.replace(CUT_SEQUENCE, '');
  let from = 0;
  for (const token of text.matchAll(TOKEN)) {
    const [all, parameters = '', final, , character] = token;
    write(text.slice(from, token.index));
    from = token.index + all.length;
    if (final === 'm') style = styleAfter(style, parameters);
    else if (final !== undefined) MOVES[final]?.(row, Number.parseInt(parameters, 10) || 0);
    else if (character === '\r') row.moveTo(0);
    else if (character === '\b') row.moveTo(Math.max(0, row.column - 1), { isReturn: false });
    else if (character !== undefined) write(character);
  }
  write(text.slice(from));
  return { pieces: piecesOf(row.text, styles), next: style };
}

/** What a sequence does within its line, by its final letter. */
const MOVES: Readonly<Record<string, (row: Row, number: number) => void>> = {
  G: (row, column) => row.moveTo(Math.min(row.column, Math.max(0, column - 1))),
  K: (row, mode) => row.erase(mode === 0 ? 'after' : mode === 1 ? 'before' : 'all'),
};

/** @param styles of each column; blanks that a move has made have none */
function piecesOf(text: string, styles: readonly (TextStyle | undefined)[]): StyledPiece[] {
  const pieces: { text: string; style: TextStyle }[] = [];
  let column = 0;
  for (const character of text) {
    const style = styles[column++] ?? PLAIN;
    const last = pieces.at(-1);
    if (last !== undefined && last.style === style) last.text += character;
    else pieces.push({ text: character, style });
  }
  return pieces;
}
