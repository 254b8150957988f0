import { runNow, type SeenRun } from '@pm/operations/overview-state';
import { formatDuration } from '@pm/operations/words';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface ExtendFormProps {
  readonly entry: SeenRun;
  readonly now: number;
  /** @param limit as `pm extend` reads it: `+30m`, `6h`, `none` */
  readonly extend: (limit: string) => void;
  readonly close: () => void;
}

const OFFERED = ['+30m', '+2h', '+8h'] as const;

/** Asks how long a run may take. */
export function ExtendForm({ entry, now, extend, close }: ExtendFormProps) {
  const { elapsedMs, limitMs } = runNow(entry, now);
  const first = useRef<HTMLButtonElement>(null);
  const [limit, setLimit] = useState('');
  useEffect(() => first.current?.focus(), []);
  const stands =
    limitMs === undefined || limitMs === null
      ? 'It has no time limit.'
      : `It has run ${formatDuration(elapsedMs)} of ${formatDuration(limitMs)}.`;
  return (
    <form
      class="extend"
      aria-label="Change the time limit"
      onSubmit={(event) => {
        event.preventDefault();
        if (limit.trim() !== '') extend(limit.trim());
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        close();
      }}
    >
      <p>{stands}</p>
      {OFFERED.map((offered, index) => (
        <button type="button" key={offered} ref={index === 0 ? first : null} onClick={() => extend(offered)}>
          {offered}
        </button>
      ))}
      <button type="button" onClick={() => extend('none')}>
        No limit
      </button>
      <label>
        <span class="dim">or</span>{' '}
        <input
          aria-label="New limit: time since its start (6h), or time to add (+30m)"
          placeholder="6h or +30m"
          value={limit}
          onInput={({ currentTarget }) => setLimit(currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={limit.trim() === ''}>
        Set
      </button>
    </form>
  );
}
