// Files of the user are read and written with one character for each byte (latin1), so that bytes that are not UTF-8 stay as they are.

/** The encoding for reading and writing such a text. */
export const BYTES = 'latin1';

/** A text with one character for each byte of its UTF-8 form. */
export function bytesOf(text: string): string {
  return Buffer.from(text).toString(BYTES);
}

/** The text that such bytes are in UTF-8. Bytes that are not UTF-8 become U+FFFD, so this is only for showing and parsing. */
export function textOf(bytes = ''): string {
  return Buffer.from(bytes, BYTES).toString('utf8');
}
