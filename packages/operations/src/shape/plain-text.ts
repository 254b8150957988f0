// A job's output must not control the terminal that shows it: it could clear the screen, change the title or hide text.
// biome-ignore-start lint/suspicious/noControlCharactersInRegex: control characters are what these patterns look for
/**
 * Escape sequences of ECMA-48: CSI; then OSC, DCS, APC, PM and SOS strings with their terminator; then two-character sequences. Each may
 * begin with ESC or with one C1 character. A string ends at the next introducer too, so that a text full of unfinished strings takes
 * linear time.
 */
const SEQUENCES =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]/g;
/** C0 and C1 without tab and newline, and the marks that change the direction of the text after them. */
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: as above
/** Characters that a person cannot see: soft hyphens, zero-width marks, and the tag characters, which can spell a hidden text. */
const INVISIBLE =
  /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
/** Line ends that JSON does not escape and some readers obey. */
const UNUSUAL_LINE_ENDS = /[\u0085\u2028\u2029]/g;

export interface PlainTextOptions {
  /** `overwrite`: as on a terminal, a carriage return starts the line again, and only its last version is kept. `newline`: all is kept. */
  readonly carriageReturn: 'overwrite' | 'newline';
  /** Whether to remove invisible characters too, because the reader is a model: a person beside it would not see them. Default: no. */
  readonly invisible?: 'keep' | 'remove';
}

/** A job's text without escape sequences and without control characters other than tab and newline. */
export function plainText(text: string, { carriageReturn, invisible = 'keep' }: PlainTextOptions): string {
  const lines = invisible === 'remove' ? text.replace(UNUSUAL_LINE_ENDS, '\n').replace(INVISIBLE, '') : text;
  const unescaped = lines.replace(SEQUENCES, '');
  const plain = carriageReturn === 'overwrite' ? overwritten(unescaped) : unescaped.replace(/\r+\n|\r+/g, '\n');
  return plain.replace(CONTROLS, '');
}

function overwritten(text: string): string {
  return text.replace(/\r\n/g, '\n').split('\n').map(lastVersionOf).join('\n');
}

/** Searched from the end and not by a pattern, which takes quadratic time on one long line. */
function lastVersionOf(line: string): string {
  return line.slice(line.lastIndexOf('\r', line.length - 2) + 1);
}
