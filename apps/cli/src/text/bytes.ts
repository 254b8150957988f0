/** The beginning of a text, at most `max` bytes of UTF-8. */
export function firstBytes(text: string, max: number): string {
  if (Buffer.byteLength(text) <= max) return text;
  let kept = '';
  let left = max - Buffer.byteLength('…');
  for (const character of text) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    kept += character;
  }
  return `${kept}…`;
}

/** The last lines that together take at most `max` bytes, newlines included. */
export function lastLines(lines: readonly string[], max: number): string[] {
  const kept: string[] = [];
  let left = max;
  for (const line of lines.toReversed()) {
    left -= Buffer.byteLength(line) + 1;
    if (left < 0) break;
    kept.unshift(line);
  }
  const last = lines.at(-1);
  return kept.length === 0 && last !== undefined ? [firstBytes(last, max - 1)] : kept;
}
