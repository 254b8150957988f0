import { formatSize, type LogAnswer } from '@pm/operations';
import { lastLines } from '../text/bytes.ts';
import { oneLine, plain } from '../text/plain-text.ts';
import type { RenderedText, Style } from '../text/style.ts';
import { nextCall } from './next-call.ts';

/** The text of a log for stdout, and for stderr what was left out and how to read it. */
export function renderLog(answer: LogAnswer, style: Style, { isShown }: { isShown: boolean }): RenderedText {
  const text = isShown ? '' : plain(answer.text);
  const omitted =
    answer.omitted === undefined ? [] : [`${oneLine(answer.omitted)} (${formatSize(answer.totalBytes)} in total)`];
  const isEmpty = text === '' && !isShown && omitted.length === 0;
  const cut = answer.logTruncated === undefined ? [] : [`log truncated: ${oneLine(answer.logTruncated)}`];
  const next = answer.next.map((item) => `next: ${nextCall(item, style.invocation)} (${oneLine(item.why)})`);
  const about = (answer.notes ?? []).map(oneLine);
  const notes = [...about, ...(isEmpty ? ['no output'] : []), ...omitted, ...cut, ...next];
  return {
    out: text === '' || text.endsWith('\n') ? text : `${text}\n`,
    err: notes.map((line) => `pm: ${line}\n`).join(''),
  };
}

const MAX_BYTES = 1500;

/** The last lines of a log, each with a mark, so that a job cannot write a line that looks like one of pm's. */
export function tailLines(tail: string | undefined): string[] {
  const text = plain(tail ?? '').replace(/\n+$/, '');
  if (text.trim() === '') return [];
  const lines = text.split('\n').map((line) => `| ${line.trimEnd()}`.trimEnd());
  return ['its last output, not checked by pm:', ...lastLines(lines, MAX_BYTES)];
}
