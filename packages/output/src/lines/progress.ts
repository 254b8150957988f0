/** What a line of progress has: a percentage, a count of a total, a size, a rate. */
const PROGRESS = /\d\s*%|\d\s*\/\s*\d|\d of \d|\d\s?[kKMG]i?B\b|\beta\b|\d\s?it\/s/i;
/** So many lines that differ only in their numbers are left as they are. */
const FEW = 3;

/** Lines of progress that follow each other as one: the number of those left out, and the last. So are lines that are the same. */
export function collapseProgress(lines: readonly string[]): string[] {
  const kept: string[] = [];
  for (let from = 0; from < lines.length; ) {
    const first = lines[from] ?? '';
    const mayRepeat = first !== '' && (first === lines[from + 1] || PROGRESS.test(first));
    const shape = mayRepeat ? shapeOf(first) : '';
    let end = from + 1;
    while (end < lines.length && shape !== '' && shapeOf(lines[end] ?? '') === shape) end += 1;
    const last = lines[end - 1] ?? '';
    const isRepeated = PROGRESS.test(last) || first === last;
    if (end - from > FEW && isRepeated) kept.push(`[${end - from - 1} similar lines left out]`, last);
    else kept.push(...lines.slice(from, end));
    from = end;
  }
  return kept;
}

/** A line without what progress changes: numbers, hashes, and the marks that a bar is made of. */
function shapeOf(line: string): string {
  return line
    .replace(/\b(?=[\da-f]*\d)[\da-f]{7,64}\b/g, '*')
    .replace(/\d+(?:[.,:]\d+)*/g, '#')
    .replace(/[\s=\-#>.|█▉▊▋▌▍▎▏░▒▓━╸╺]+/g, '#')
    .trim();
}
