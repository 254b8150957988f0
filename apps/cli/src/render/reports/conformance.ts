import type { ConformanceAnswer } from '@pm/operations';
import { oneLine } from '../../text/plain-text.ts';
import { paint, type RenderedText, type Style } from '../../text/style.ts';

/** One line per promise, `✓ level name: what · evidence`, and a summary line. */
export function renderConformance({ level, claimed, promises }: ConformanceAnswer, style: Style): RenderedText {
  const lines = promises.map(({ promise, level: of, what, kept, evidence }) =>
    paint(
      [
        kept ? { text: '✓ ', tone: 'good' } : { text: '✗ ', tone: 'bad' },
        `level ${of} ${promise}: ${oneLine(kept ? evidence : `${what}; ${evidence}`)}`,
      ],
      style,
    ),
  );
  const missed = promises.filter(({ kept }) => !kept).length;
  const claim = level >= claimed ? '' : `, not the level ${claimed} that is claimed`;
  const summary = `the writer reaches level ${level}${claim}${missed > 0 ? `: ${missed} of ${promises.length} promises missed` : ''}`;
  return { out: [...lines, summary].map((line) => `${line}\n`).join(''), err: '' };
}
