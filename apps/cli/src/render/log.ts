import type { LogAnswer } from '@pm/operations';
import { size } from '../text/duration.ts';
import { oneLine, plain } from '../text/plain.ts';
import type { RenderedText, Style } from '../text/style.ts';
import { nextCall } from './next.ts';

/** A log's text alone on stdout; what was left out, and how to get at it, beside it. */
export function renderLog(answer: LogAnswer, style: Style, { isShown }: { isShown: boolean }): RenderedText {
  const text = isShown ? '' : plain(answer.text);
  const omitted =
    answer.omitted === undefined ? [] : [`${oneLine(answer.omitted)} (${size(answer.totalBytes)} in all)`];
  const cut = answer.logTruncated === undefined ? [] : [`log cut: ${oneLine(answer.logTruncated)}`];
  const next = answer.next.map((item) => `next: ${nextCall(item, style.invocation)} (${oneLine(item.why)})`);
  const notes = [...(text === '' && !isShown ? ['no output'] : []), ...omitted, ...cut, ...next];
  return {
    out: text === '' || text.endsWith('\n') ? text : `${text}\n`,
    err: notes.map((line) => `pm: ${line}\n`).join(''),
  };
}
