import type { DoctorAnswer, DoctorFinding } from '@pm/operations';
import { paint, type RenderedText, type Style, type Tone } from '../../text/style.ts';

const APPEARANCES: Readonly<Record<DoctorFinding['result'], { readonly glyph: string; readonly tone: Tone }>> = {
  pass: { glyph: '✓', tone: 'good' },
  warn: { glyph: '!', tone: 'odd' },
  fail: { glyph: '✗', tone: 'bad' },
  skip: { glyph: '-', tone: 'dim' },
};

/** One line per test, `✓ what: measured fact`, and a summary line. */
export function renderDoctorFindings({ findings }: DoctorAnswer, style: Style): RenderedText {
  const lines = [...findings.map((finding) => lineOf(finding, style)), summaryOf(findings)];
  return { out: lines.map((line) => `${line}\n`).join(''), err: '' };
}

function lineOf({ result, what, fact, remedy }: DoctorFinding, style: Style): string {
  const { glyph, tone } = APPEARANCES[result];
  return paint([{ text: `${glyph} `, tone }, `${what}: ${fact}${remedy === undefined ? '' : ` → ${remedy}`}`], style);
}

function summaryOf(findings: readonly DoctorFinding[]): string {
  const [failed = 0, skipped = 0, warned = 0] = ['fail', 'skip', 'warn'].map(
    (result) => findings.filter((finding) => finding.result === result).length,
  );
  const counts = [
    failed && `${failed} failed`,
    skipped && `${skipped} not tested`,
    warned && `${warned} with a warning`,
  ].filter(Boolean);
  const verdict = failed + skipped === 0 ? 'pm can keep all its promises here' : 'pm cannot keep all its promises here';
  return [verdict, ...(counts.length > 0 ? [counts.join(', ')] : [])].join(': ');
}
