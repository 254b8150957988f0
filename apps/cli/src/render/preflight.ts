import type { PreflightAnswer } from '@pm/operations';
import { oneLine } from '../text/plain.ts';
import { quote } from '../text/quote.ts';
import type { RenderedText, Style } from '../text/style.ts';
import { findingLines } from './finding-line.ts';
import { nextCall } from './next.ts';

/** What was carried out, one line per check, failures first, and a last one that sums up. */
export function renderPreflight({ findings, fixes, next }: PreflightAnswer, style: Style): RenderedText {
  const applied = fixes.map(({ argv, applied: isApplied, evidence }) =>
    oneLine(`${isApplied ? 'applied' : 'could not apply'}: ${argv.map(quote).join(' ')} (${evidence})`),
  );
  const calls = next.map((call) => `next: ${nextCall(call, style.invocation)} (${oneLine(call.why)})`);
  const lines = [...applied, ...findingLines(findings, style), summaryOf(findings, fixes.length > 0), ...calls];
  return { out: lines.map((line) => `${line}\n`).join(''), err: '' };
}

const WORDS = [
  ['fail', 'failed'],
  ['warn', 'to know'],
  ['inconclusive', 'inconclusive'],
  ['pass', 'passed'],
  ['skip', 'skipped'],
] as const;

function summaryOf(findings: PreflightAnswer['findings'], isMended: boolean): string {
  const counts = WORDS.map(
    ([state, word]) => [findings.filter((finding) => finding.state === state).length, word] as const,
  );
  const text = counts.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : [])).join(', ');
  const isFit = !findings.some(({ state }) => state === 'fail');
  const verdict = isFit ? 'fit' : isMended ? 'still not fit' : 'not fit';
  return `${verdict}: ${text || 'nothing was asked'}`;
}
