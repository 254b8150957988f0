import { formatSize, type LogAnswer } from '@pm/operations';
import { lastLines } from '../text/bytes.ts';
import { oneLine, plain } from '../text/plain-text.ts';
import type { RenderedText, Style } from '../text/style.ts';
import { nextCall } from './next-call.ts';

/** A log's text alone on stdout; what was left out, and how to get at it, beside it. */
export function renderLog(answer: LogAnswer, style: Style, { isShown }: { isShown: boolean }): RenderedText {
  const text = isShown ? '' : plain(answer.text);
  const omitted =
    answer.omitted === undefined ? [] : [`${oneLine(answer.omitted)} (${formatSize(answer.totalBytes)} in all)`];
  const cut = answer.logTruncated === undefined ? [] : [`log cut: ${oneLine(answer.logTruncated)}`];
  const next = answer.next.map((item) => `next: ${nextCall(item, style.invocation)} (${oneLine(item.why)})`);
  const notes = [...(text === '' && !isShown ? ['no output'] : []), ...omitted, ...cut, ...next];
  return {
    out: text === '' || text.endsWith('\n') ? text : `${text}\n`,
    err: notes.map((line) => `pm: ${line}\n`).join(''),
  };
}

const MAX_BYTES = 1500;

/** The last lines of a log, each marked as not ours: a job could otherwise write a line that reads like pm's verdict. */
export function tailLines(tail: string | undefined): string[] {
  const text = plain(tail ?? '').replace(/\n+$/, '');
  if (text.trim() === '') return [];
  const lines = text.split('\n').map((line) => `| ${line.trimEnd()}`.trimEnd());
  return ['its last output, not checked by pm:', ...lastLines(lines, MAX_BYTES)];
}
