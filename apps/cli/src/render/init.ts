import { basename } from 'node:path';
import type { InitAnswer } from '@pm/operations';
import { oneLine } from '../text/plain-text.ts';
import { quote } from '../text/shell-words.ts';
import type { RenderedText, Style } from '../text/style.ts';
import { nextCall } from './next-call.ts';

/** What was written and where each step comes from. A dry run prints the file itself to stdout. */
export function renderInit({ file, content, written, kept, steps, next }: InitAnswer, style: Style): RenderedText {
  if (kept !== undefined) return { out: `kept ${oneLine(file)}: ${kept}\n`, err: '' };
  if (!written) return { out: content, err: `pm: dry run: ${oneLine(file)} was not written\n` };
  const taken = steps.map(
    ({ step, command, cwd, from }) =>
      `  ${oneLine(`${step}: ${command.map(quote).join(' ')}${cwd === undefined ? '' : ` in ${cwd}`} (${from})`)}`,
  );
  if (basename(file) !== 'pm.config.json') return { out: `wrote ${oneLine(file)}\n`, err: '' };
  const none = 'it has no steps yet: no tests and no build were found here';
  const calls = next.map((call) => `next: ${nextCall(call, style.invocation)} (${oneLine(call.why)})`);
  const lines = [`wrote ${oneLine(file)}`, ...(taken.length === 0 ? [none] : taken), ...calls];
  return { out: lines.map((line) => `${line}\n`).join(''), err: '' };
}
