const HEIGHTS = '▁▂▃▄▅▆▇█';

/** Numbers as a row of columns, the highest of which is full. */
export function sparkline(values: readonly number[], most: number = Math.max(0, ...values)): string {
  return values
    .map(
      (value) =>
        HEIGHTS[Math.min(HEIGHTS.length - 1, Math.max(0, Math.ceil((value / most || 0) * HEIGHTS.length) - 1))],
    )
    .join('');
}

/** A part of a whole: `[####------]`. */
export function bar(part: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, part)) * width);
  return `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}]`;
}
