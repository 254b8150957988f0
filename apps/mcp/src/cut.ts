/** Text without its first line; of a single line without its first half. Empty once nothing is left to cut. */
export function cutFront(text: string): string {
  const end = text.indexOf('\n');
  if (end >= 0) return text.slice(end + 1);
  return text.length < 80
    ? ''
    : Array.from(text)
        .slice(Math.ceil(Array.from(text).length / 2))
        .join('');
}
