import { lastLines } from '../text/bytes.ts';
import { plain } from '../text/plain.ts';

const MAX_BYTES = 1500;

/** The last lines of a log, each marked as not ours: a job could otherwise write a line that reads like pm's verdict. */
export function tailLines(tail: string | undefined): string[] {
  const text = plain(tail ?? '').replace(/\n+$/, '');
  if (text.trim() === '') return [];
  const lines = text.split('\n').map((line) => `| ${line.trimEnd()}`.trimEnd());
  return ['its last output, not checked by pm:', ...lastLines(lines, MAX_BYTES)];
}
