import type { RunView } from '@pm/operations';
import { dotted, paint, type Style } from '../text/style.ts';
import { attemptOf, progressOf, untilOf } from './facts.ts';
import { glyphOf, spanOf, tonedWords } from './words.ts';

/** The one line a terminal shows while a run is waited for. It is shorter than the terminal, or erasing it would not reach. */
export function liveLine(run: RunView, lastLine: string, style: Style): string {
  const head = [glyphOf(run), `${run.step} `, tonedWords(run), ` ${spanOf(run)}`];
  const parts = dotted([head, attemptOf(run), progressOf(run), untilOf(run, style), { text: lastLine, tone: 'dim' }]);
  return paint(parts, style, style.columns - 1);
}
