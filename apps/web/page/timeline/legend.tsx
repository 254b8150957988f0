import type { RunView } from '@pm/operations';
import { runSign } from '@pm/operations/words';
import { Sign } from '../frame/sign.tsx';

const SHOWN: readonly (RunView['outcome'] | 'running' | 'quiet')[] = [
  'running',
  'quiet',
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
        const outcome = word === 'running' || word === 'quiet' ? undefined : word;
        const state: RunView['state'] = word === 'running' || word === 'quiet' ? word : 'ended';
        const asRun = { state, outcome } as const;
        return (
          <li key={word}>
            <span class={`bar tone-${runSign(asRun).tone} is-${outcome ?? 'live'}`}>
              <Sign run={asRun} />
            </span>
            {word}
          </li>
        );
      })}
    </ul>
  );
}
