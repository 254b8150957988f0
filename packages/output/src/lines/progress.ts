import type { NumberedLine } from './numbered-lines.ts';

/** What a line of progress has: a percentage, a count of a total, a size, a rate. */
const PROGRESS = /\d\s*%|\d\s*\/\s*\d|\d of \d|\d\s?[kKMG]i?B\b|\beta\b|\d\s?it\/s/i;
/** So many lines that differ only in their numbers are left as they are. */
const FEW = 3;

/** Lines of progress that follow each other as one: the number of those left out, and the last. So are lines that are the same. */
export function collapseProgress(lines: readonly NumberedLine[]): NumberedLine[] {
  const kept: NumberedLine[] = [];
  for (let from = 0; from < lines.length; ) {
    const first = lines[from]?.text ?? '';
    const mayRepeat = first !== '' && (first === lines[from + 1]?.text || PROGRESS.test(first));
    const shape = mayRepeat ? shapeOf(first) : '';
    let end = from + 1;
    while (end < lines.length && shape !== '' && shapeOf(lines[end]?.text ?? '') === shape) end += 1;
    const repeated = lines.slice(from, end);
    const last = repeated.at(-1);
    const isRepeated = last !== undefined && (PROGRESS.test(last.text) || first === last.text);
    if (repeated.length > FEW && isRepeated) kept.push(similarLines(repeated.slice(0, -1)), last);
    else kept.push(...repeated);
    from = end;
  }
  return kept;
}

function similarLines(lines: readonly NumberedLine[]): NumberedLine {
  const { from = 0 } = lines[0] ?? {};
  const { to = 0 } = lines.at(-1) ?? {};
  return { text: `[${to - from + 1} similar lines left out]`, from, to };
}

/** A line without what progress changes: numbers, hashes, and the marks that a bar is made of. */
function shapeOf(line: string): string {
  return line
    .replace(/\b(?=[\da-f]*\d)[\da-f]{7,64}\b/g, '*')
    .replace(/\d+(?:[.,:]\d+)*/g, '#')
    .replace(/[\s=\-#>.|█▉▊▋▌▍▎▏░▒▓━╸╺]+/g, '#')
    .trim();
}
