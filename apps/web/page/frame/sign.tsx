import { type RunSign, runSign } from '@pm/operations/words';

/** The signs of runs as drawings, because not every system has a font with all of them. */
const DRAWINGS: Readonly<Record<string, string>> = {
  '✓': 'M3 8.6 6.4 12 13 4.4',
  '✗': 'M3.8 3.8 12.2 12.2M12.2 3.8 3.8 12.2',
  '⏱': 'M8 4.6V8l2.4 1.7M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2',
  '⊘': 'M12.2 3.8 3.8 12.2M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2',
  '?': 'M5.4 5.6a2.6 2.6 0 1 1 3.6 2.4c-.7.3-1 .8-1 1.6M8 12.4v.4',
  '!': 'M8 2.8v6.4M8 12.4v.4',
};
/** Those that are filled: a run that goes on, and one that waits or stands still. */
const FILLED: Readonly<Record<string, string>> = {
  '●': 'M8 3.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6',
  '◐': 'M8 3.2a4.8 4.8 0 1 0 0 9.6z',
};

/** The sign of a run. The words beside it say the same, so a screen reader leaves it out. */
export function Sign({
  run,
  ...place
}: {
  readonly run: Parameters<typeof runSign>[0];
  readonly x?: number;
  readonly y?: number;
}) {
  return <Drawing sign={runSign(run)} {...place} />;
}

/** `x`, `y`: where it stands in a plot. */
function Drawing({
  sign: { glyph, tone },
  ...place
}: {
  readonly sign: RunSign;
  readonly x?: number;
  readonly y?: number;
}) {
  const size = place.x === undefined ? {} : { width: 9, height: 9 };
  return (
    <svg class={`sign tone-${tone}`} viewBox="0 0 16 16" aria-hidden="true" {...size} {...place}>
      {glyph === '◐' && <circle class="stroke" cx="8" cy="8" r="4.8" />}
      {FILLED[glyph] === undefined ? <path class="stroke" d={DRAWINGS[glyph]} /> : <path d={FILLED[glyph]} />}
    </svg>
  );
}
