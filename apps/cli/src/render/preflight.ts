import type { FindingView, PreflightAnswer } from '@pm/operations';
import { oneLine } from '../text/plain-text.ts';
import { quote } from '../text/shell-words.ts';
import { paint, type RenderedText, type Style, type Tone } from '../text/style.ts';
import { nextCall } from './next-call.ts';

/** The applied remedies, one line per check with failures first, and a summary line. */
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
  ['warn', 'with a warning'],
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
  const verdict = isFit ? 'ready' : isMended ? 'still not ready' : 'not ready';
  return `${verdict}: ${text || 'no checks to run'}`;
}

const APPEARANCES: Readonly<Record<FindingView['state'], { readonly glyph: string; readonly tone: Tone }>> = {
  fail: { glyph: '✗', tone: 'bad' },
  warn: { glyph: '!', tone: 'odd' },
  inconclusive: { glyph: '?', tone: 'odd' },
  pass: { glyph: '✓', tone: 'good' },
  skip: { glyph: '-', tone: 'dim' },
};

/** One line per check of the environment: `✗ fail a service answers: http://…: 503, not 2xx → docker start db (needs approval)`. */
export function findingLines(findings: readonly FindingView[], style: Style): string[] {
  return findings.map(({ state, title, evidence, remedies = [] }) => {
    const { glyph, tone } = APPEARANCES[state];
    const [remedy] = remedies;
    const mends = remedy === undefined ? '' : ` → ${remedyText(remedy)}`;
    return paint([{ text: `${glyph} ${state} `, tone }, `${title}: ${evidence}${mends}`], style);
  });
}

function remedyText({ argv, safety, cwd }: NonNullable<FindingView['remedies']>[number]): string {
  const place = cwd === undefined ? '' : ` in ${cwd}`;
  return `${argv.map(quote).join(' ')}${place}${safety === 'safe' ? '' : ' (needs approval)'}`;
}
