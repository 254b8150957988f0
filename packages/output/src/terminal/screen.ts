import { Row } from './row.ts';

/** How many of the last lines can still be changed. Programs move the cursor up by as many lines as they draw at once. */
const OPEN_ROWS = 200;
/** How many blanks one piece of output may make by moving the cursor to the right. */
const MOST_BLANKS = 10_000;
/** How many characters one piece of output may erase before the cursor: they can be erased again and again by four bytes. */
const MOST_ERASED = 1_000_000;

export interface TerminalOptions {
  /** Lines that are longer lose their middle. Default: no bound, for text whose size is known. */
  readonly longestLine?: number;
  /** Is called with each version of a line just before it is overwritten: `10%` before `20%`. At most 1 024 characters of each. */
  readonly onReplaced?: (text: string) => void;
}

/** A line of a terminal, and where in the output it began. */
export interface TerminalLine {
  readonly text: string;
  /** The number that was given with the piece of output in which this line began. */
  readonly at: number;
}

/** The lines of a terminal that can still change, and its cursor. A line that is pushed out at the top is closed. */
export class Screen {
  readonly #longest: number;
  readonly #onReplaced: ((text: string) => void) | undefined;
  #rows: Row[];
  #y = 0;
  #saved = { y: 0, x: 0 };
  #at = 0;
  #blanks = MOST_BLANKS;
  #erasable = MOST_ERASED;
  #closed: TerminalLine[] = [];

  constructor({ longestLine = Number.POSITIVE_INFINITY, onReplaced }: TerminalOptions) {
    this.#longest = longestLine;
    this.#onReplaced = onReplaced;
    this.#rows = [new Row(0, longestLine)];
  }

  /** A new piece of output begins. */
  begin(at: number): void {
    this.#at = at;
    this.#blanks = MOST_BLANKS;
    this.#erasable = MOST_ERASED;
  }

  get y(): number {
    return this.#y;
  }

  get column(): number {
    return this.#row.column;
  }

  write(text: string): void {
    if (text !== '') this.#row.write(text);
  }

  newline(): void {
    this.#row.endVersion();
    this.#y += 1;
    if (this.#y < this.#rows.length) {
      this.#row.moveTo(0);
      return;
    }
    this.#rows.push(this.#newRow());
    if (this.#rows.length > OPEN_ROWS) this.#close(1);
  }

  /** At most one line below the last one is begun. */
  moveToRow(to: number): void {
    const { column } = this;
    this.#tellReplaced();
    this.#row.endVersion();
    if (to >= this.#rows.length && this.#rows.at(-1)?.isEmpty === false) this.#rows.push(this.#newRow());
    this.#y = Math.max(0, Math.min(to, this.#rows.length - 1));
    this.#row.moveTo(column);
  }

  /** Down by some lines, but not below the last one. */
  moveDown(lines: number): void {
    this.moveToRow(Math.min(this.#y + lines, this.#rows.length - 1));
  }

  moveToColumn(to: number): void {
    if (to <= 0) this.#tellReplaced();
    const beyond = Math.max(0, to - this.column);
    this.#blanks -= beyond;
    this.#row.moveTo(this.#blanks < 0 ? this.column + Math.min(beyond, 1) : Math.max(0, to));
  }

  /** To the left, within the same version of the line. Far to the left is a return. */
  moveLeft(columns: number): void {
    const to = this.column - columns;
    if (to < 0 && columns > 1) this.moveToColumn(0);
    else this.#row.moveTo(Math.max(0, to), { isReturn: false });
  }

  eraseLine(part: 'after' | 'before' | 'all'): void {
    this.#tellReplaced();
    if (part === 'before') this.#erasable -= this.column;
    if (this.#erasable >= 0) this.#row.erase(part);
  }

  eraseBelow(): void {
    this.#rows.length = this.#y + 1;
    this.eraseLine('after');
  }

  /** Closes all lines, and begins below them. */
  clear(): void {
    if (this.#rows.every(({ isEmpty }) => isEmpty)) return;
    this.#row.endVersion();
    while (this.#rows.at(-1)?.isEmpty === true) this.#rows.pop();
    this.#y = this.#rows.length;
    this.#rows.push(this.#newRow());
    this.#close(this.#rows.length - 1);
  }

  save(): void {
    this.#saved = { y: this.#y, x: this.column };
  }

  restore(): void {
    this.moveToRow(Math.min(this.#saved.y, this.#rows.length - 1));
    this.moveToColumn(this.#saved.x);
  }

  takeClosed(): TerminalLine[] {
    const taken = this.#closed;
    this.#closed = [];
    return taken;
  }

  open(): TerminalLine[] {
    return this.#rows.map(({ text, at }) => ({ text, at }));
  }

  get #row(): Row {
    return this.#rows[this.#y] as Row;
  }

  #newRow(): Row {
    return new Row(this.#at, this.#longest);
  }

  #close(count: number): void {
    for (const { text, at } of this.#rows.splice(0, count)) this.#closed.push({ text, at });
    this.#y -= count;
    this.#saved.y = Math.max(0, this.#saved.y - count);
  }

  #tellReplaced(): void {
    if (this.#onReplaced !== undefined && !this.#row.isEmpty) this.#onReplaced(this.#row.version);
  }
}
