import type { Frame } from '../draw/frame.ts';

// Why: contributing/decisions/2026-11-29-a-terminal-view-of-our-own.md
// Each text ends as it began: with a cursor that is seen, a terminal that wraps, and no colours. A killed pm leaves only the
// alternate screen and raw mode behind.
const BEGIN = '\u001b[?25l\u001b[?7l';
const END = '\u001b[0m\u001b[?7h\u001b[?25h';

/** What to write so that a terminal which shows `before` shows `after`; undefined: nothing is known of what it shows. */
export function difference(before: Frame | undefined, after: Frame): string {
  const changed = after.lines.flatMap((line, row) =>
    before !== undefined && before.lines.length === after.lines.length && before.lines[row] === line
      ? []
      : [`${at(row, 0)}\u001b[0m\u001b[2K${line}`],
  );
  const isMoved = before?.cursor.row !== after.cursor.row || before.cursor.column !== after.cursor.column;
  if (changed.length === 0 && !isMoved) return '';
  const clear = before === undefined ? '\u001b[0m\u001b[2J' : '';
  return `${BEGIN}${clear}${changed.join('')}${END}${at(after.cursor.row, after.cursor.column)}`;
}

function at(row: number, column: number): string {
  return `\u001b[${row + 1};${column + 1}H`;
}
