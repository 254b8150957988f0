/** A line of an output, and the numbers of the lines that it stands for. */
export interface NumberedLine {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** What stands for lines that an earlier excerpt has left out. */
const GAP = /^\[(?:lines? (\d{1,9})(?:-(\d{1,9}))? left out|(\d{1,9}) lines? left out)\]$/;
const SIMILAR = /^\[(\d{1,9}) similar lines left out\]$/;

/**
 * The lines of a text with their numbers, without the white space at their ends. Of several empty lines the first is kept.
 * @param firstLine the number of the first line
 * @param isExcerpt it has marks of `gapMark`, whose lines are counted
 */
export function numberedLines(text: string, firstLine: number, isExcerpt: boolean): NumberedLine[] {
  const lines: NumberedLine[] = [];
  let next = firstLine;
  for (const raw of text.split('\n')) {
    const line = raw.trimEnd();
    const [, first, last = first, count] = (isExcerpt && GAP.exec(line)) || [];
    if (first !== undefined || count !== undefined) {
      next = count === undefined ? Number(last) + 1 : next + Number(count);
      continue;
    }
    const [, similar = '1'] = (isExcerpt && SIMILAR.exec(line)) || [];
    const to = next + Number(similar) - 1;
    const before = lines.at(-1);
    if (line === '' && (before === undefined || before.text === '')) {
      if (before !== undefined) lines[lines.length - 1] = { ...before, to };
    } else lines.push({ text: line, from: next, to });
    next = to + 1;
  }
  if (lines.at(-1)?.text === '') lines.pop();
  return lines;
}

/** The mark for lines that were left out: their numbers, or how many they are if nobody knows their numbers. */
export function gapMark(from: number, to: number, isNumbered: boolean): string {
  if (isNumbered) return from === to ? `[line ${from} left out]` : `[lines ${from}-${to} left out]`;
  return from === to ? '[1 line left out]' : `[${to - from + 1} lines left out]`;
}
