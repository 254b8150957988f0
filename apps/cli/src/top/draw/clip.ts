import { widthOf } from '../../text/width.ts';

/** A style that was set with SGR, or one character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what pm itself writes
const PIECE = /\u001b\[[0-9;]*m|./gsu;
const RESET = '\u001b[0m';

/** A line with colours, from a column on, cut to so many columns. Whatever colours it has end with it. */
export function clip(line: string, columns: number, from = 0): string {
  let [kept, column, isColoured] = ['', 0, false];
  for (const [piece] of line.matchAll(PIECE)) {
    if (piece.startsWith('\u001b')) {
      kept += piece;
      isColoured = true;
      continue;
    }
    const width = widthOf(piece);
    if (column + width > from + columns) break;
    if (column >= from) kept += piece;
    column += width;
  }
  return isColoured ? `${kept}${RESET}` : kept;
}

/** A line with colours in as many rows as it needs. Those after the first are indented, so that they are seen to belong to it. */
export function fold(line: string, columns: number, indent: number): string[] {
  const rows: string[] = [];
  const rest = columns - indent > 10 ? columns - indent : columns;
  for (let from = 0; rows.length < 100; from += rows.length === 1 ? columns : rest) {
    const row = clip(line, from === 0 ? columns : rest, from);
    if (from > 0 && shown(row) === '') break;
    rows.push(from > 0 && rest < columns ? ' '.repeat(indent) + row : row);
  }
  return rows;
}

/** The number of columns that a line with colours takes. */
export function columnsOfLine(line: string): number {
  return widthOf(shown(line));
}

function shown(line: string): string {
  return line.replace(PIECE, (piece) => (piece.startsWith('\u001b') ? '' : piece));
}
