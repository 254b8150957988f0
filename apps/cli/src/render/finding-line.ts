import type { CheckFinding } from '@pm/operations';
import { quote } from '../text/quote.ts';
import { paint, type Style, type Tone } from '../text/style.ts';

const LOOKS: Readonly<Record<CheckFinding['state'], { readonly glyph: string; readonly tone: Tone }>> = {
  fail: { glyph: '✗', tone: 'bad' },
  warn: { glyph: '!', tone: 'odd' },
  inconclusive: { glyph: '?', tone: 'odd' },
  pass: { glyph: '✓', tone: 'good' },
  skip: { glyph: '-', tone: 'dim' },
};

/** One line per check of the environment: `✗ fail a service answers: http://…: 503, not 2xx → docker start db (needs approval)`. */
export function findingLines(findings: readonly CheckFinding[], style: Style): string[] {
  return findings.map(({ state, title, evidence, remedies = [] }) => {
    const { glyph, tone } = LOOKS[state];
    const [remedy] = remedies;
    const mends = remedy === undefined ? '' : ` → ${remedyText(remedy)}`;
    return paint([{ text: `${glyph} ${state} `, tone }, `${title}: ${evidence}${mends}`], style);
  });
}

function remedyText({ argv, safety, cwd }: NonNullable<CheckFinding['remedies']>[number]): string {
  const place = cwd === undefined ? '' : ` in ${cwd}`;
  return `${argv.map(quote).join(' ')}${place}${safety === 'safe' ? '' : ' (needs approval)'}`;
}
