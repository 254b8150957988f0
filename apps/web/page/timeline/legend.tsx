import type { RunView } from '@pm/operations';
import { runSign } from '@pm/operations/words';

const SHOWN: readonly (RunView['outcome'] | 'running')[] = [
  'running',
  'success',
  'failed',
  'timeout',
  'hung',
  'cancelled',
  'lost',
];

/** What the signs and patterns of the bars mean. */
export function Legend() {
  return (
    <ul class="legend" aria-label="Signs of the outcomes">
      {SHOWN.map((word) => {
        const outcome = word === 'running' ? undefined : word;
        const { glyph, tone } = runSign({ state: outcome === undefined ? 'running' : 'ended', outcome });
        return (
          <li key={word}>
            <span class={`bar tone-${tone} is-${outcome ?? 'live'}`}>
              <span class="sign" aria-hidden="true">
                {glyph}
              </span>
            </span>
            {word}
          </li>
        );
      })}
    </ul>
  );
}
