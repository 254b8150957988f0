const WORD = /[\p{L}\p{N}]/u;
/** Programs that draw partly over a line end where the line had the same mark: `[    ] eth0` and then `[ ok ]`. */
const MARK = /[^\p{L}\p{N}\s]/u;

/** The longest part of a replaced version that is reported, in characters. A bound: one byte can ask for the same long line again. */
const LONGEST_VERSION = 1_024;

/**
 * One line of a terminal, with its cursor. As long as it only grows it is a string; once something is written over it, it is a list of
 * characters. So a long line that is changed again and again takes linear time.
 */
export class Row {
  /** A number that the writer gave: where in its source this line began. */
  readonly at: number;
  readonly #longest: number;
  #text = '';
  #cells: string[] | undefined;
  /** The cursor, in characters. */
  #x = 0;
  /** What was written since the last return to the first column; undefined before there was one. */
  #version: { end: number; hasWord: boolean; isPartial: boolean } | undefined;

  constructor(at: number, longest: number) {
    this.at = at;
    this.#longest = longest;
  }

  /** The line as it is now, without blanks at its end that erased something. */
  get text(): string {
    if (this.#cells === undefined) return this.#text;
    return this.#cells.slice(0, this.#endOfVersion()).join('').trimEnd();
  }

  /** Where the cursor is, in characters: one of two UTF-16 units is one. */
  get column(): number {
    return this.#x;
  }

  get isEmpty(): boolean {
    return this.#cells === undefined ? this.#text === '' : this.#cells.length === 0;
  }

  /** Writes at the cursor, over what is there. A line that becomes too long loses its middle, or what is written behind its bound. */
  write(text: string): void {
    if (this.#cells === undefined) {
      this.#text += text;
      this.#x += lengthOf(text);
      if (this.#text.length > 2 * this.#longest) {
        const half = Math.floor(this.#longest / 2);
        this.#text = `${this.#text.slice(0, half)}…${this.#text.slice(-half)}`;
        this.#x = lengthOf(this.#text);
      }
      return;
    }
    const cells = this.#cells;
    while (cells.length < this.#x) cells.push(' ');
    let before: string | undefined;
    let last = '';
    for (const character of text) {
      if (this.#x >= this.#longest) break;
      before = cells[this.#x];
      last = character;
      cells[this.#x++] = character;
    }
    if (this.#version === undefined) return;
    this.#version.end = Math.max(this.#version.end, this.#x);
    this.#version.hasWord ||= WORD.test(text);
    this.#version.isPartial = before === last && MARK.test(last);
  }

  /** Moves the cursor. A return to the first column begins a new version of the line. */
  moveTo(column: number, { isReturn = column === 0 }: { isReturn?: boolean } = {}): void {
    if (this.#cells === undefined && column === this.#x) return;
    const cells = this.#asCells();
    if (isReturn) {
      this.endVersion();
      this.#version = { end: 0, hasWord: false, isPartial: false };
    }
    this.#x = column;
    if (cells.length === 0 && column === 0) this.clear();
  }

  /** Erases from the cursor to the end, from the start to the cursor, or everything. */
  erase(part: 'after' | 'before' | 'all'): void {
    if (part === 'after' && this.#cells === undefined) return;
    if (part !== 'before' && this.column === 0) {
      this.clear();
      return;
    }
    const cells = this.#asCells();
    if (part === 'after') cells.length = Math.min(cells.length, this.#x);
    else if (part === 'all') cells.length = 0;
    else cells.fill(' ', 0, Math.min(this.#x + 1, cells.length));
    if (this.#version !== undefined) this.#version.end = Math.min(this.#version.end, cells.length);
  }

  /** The line is empty, and the cursor at its first column. */
  clear(): void {
    this.#text = '';
    this.#cells = undefined;
    this.#version = undefined;
    this.#x = 0;
  }

  /** Ends a version of the line. The rest of a longer version before it is removed. */
  endVersion(): void {
    if (this.#cells === undefined) return;
    this.#cells.length = this.#endOfVersion();
    this.#version = undefined;
  }

  /** What was written since the last return, at most 1 024 characters. */
  get version(): string {
    if (this.#cells === undefined) return this.#text;
    return this.#cells.slice(0, Math.min(this.#version?.end ?? this.#cells.length, LONGEST_VERSION)).join('');
  }

  #endOfVersion(): number {
    const length = this.#cells?.length ?? 0;
    const { end, hasWord, isPartial } = this.#version ?? { end: length, hasWord: false, isPartial: false };
    return hasWord && !isPartial ? Math.min(end, length) : length;
  }

  #asCells(): string[] {
    if (this.#cells === undefined) {
      this.#cells = Array.from(this.#text);
      this.#x = this.#cells.length;
      this.#text = '';
    }
    return this.#cells;
  }
}

/** How many characters a text has. */
function lengthOf(text: string): number {
  return SURROGATES.test(text) ? Array.from(text).length : text.length;
}

const SURROGATES = /[\ud800-\udfff]/;
