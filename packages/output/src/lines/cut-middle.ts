/** How much of a cut text is its beginning: names and messages stand there more often than at the end. */
const BEGINNING = 0.6;
/** Bytes of the mark with a number of seven digits. */
const MARK_BYTES = 40;

/**
 * A text of at most `maxBytes` bytes of UTF-8: if it is longer, its beginning and its end, and how many characters between them were left
 * out. Every place that
 * quotes what somebody else wrote uses it.
 */
export function cutMiddle(text: string, maxBytes: number): string {
  if (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes) return text;
  if (maxBytes <= MARK_BYTES) return `${beginningOf(text, maxBytes - 3)}…`;
  const room = maxBytes - MARK_BYTES;
  const beginning = beginningOf(text, Math.ceil(room * BEGINNING));
  const end = endOf(text, room - Buffer.byteLength(beginning));
  const left = charactersOf(text.slice(beginning.length, text.length - end.length));
  return `${beginning}…[${left} characters left out]…${end}`;
}

/**
 * The part of a text around a place in it, at most about `maxBytes` bytes of UTF-8, with how many characters before and after it were left
 * out.
 * @param at where in the text, in UTF-16 units, what matters begins
 */
export function cutAround(text: string, at: number, maxBytes: number): string {
  if (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes) return text;
  const before = endOf(text.slice(0, at), Math.floor(maxBytes / 3));
  const after = beginningOf(text.slice(at), maxBytes - Buffer.byteLength(before));
  const [first, last] = [at - before.length, text.length - at - after.length];
  return `${first > 0 ? `…[${first} characters left out]…` : ''}${before}${after}${last > 0 ? `…[${last} characters left out]…` : ''}`;
}

/** The length of what is left out, with what had been left out of it before. */
function charactersOf(text: string): number {
  const marks = [...text.matchAll(/…\[(\d{1,15}) characters left out\]…/g)];
  return marks.reduce((sum, [mark, left]) => sum - mark.length + Number(left), text.length);
}

/** The first whole characters that fit. */
function beginningOf(text: string, maxBytes: number): string {
  let bytes = 0;
  let length = 0;
  for (const character of text.slice(0, Math.max(0, maxBytes) + 1)) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    length += character.length;
  }
  return text.slice(0, length);
}

/** The last whole characters that fit. */
function endOf(text: string, maxBytes: number): string {
  let bytes = 0;
  let length = 0;
  for (const character of Array.from(text.slice(-Math.max(1, maxBytes))).reverse()) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    length += character.length;
  }
  return length === 0 ? '' : text.slice(-length);
}
