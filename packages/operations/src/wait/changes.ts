import type { Trouble } from '@pm/monitor';
import type { RunView, Transition } from '../shape/answer.ts';

/** A live run and all its troubles, as one look shows them. */
export interface Seen {
  readonly view: RunView;
  readonly troubles: readonly Trouble[];
}

type Change = Pick<Transition, 'change' | 'run'>;

// Why: contributing/decisions/2026-11-23-limits-that-move.md
/**
 * What became of a run between two looks. Pure.
 * Of a trouble that is a state as well (quiet, suspended) only the trouble is told: it is one line's worth.
 */
export function changesBetween(before: Seen, { view, troubles }: Seen): Change[] {
  const known = new Set(before.troubles.map(({ attention }) => attention));
  const news = troubles.filter(({ attention }) => !known.has(attention));
  const isTold = news.some(({ attention }) => attention === view.state);
  return [
    ...(view.limitMs === before.view.limitMs ? [] : [{ change: 'extended' as const, run: view }]),
    ...(view.state === before.view.state || isTold ? [] : [{ change: 'state' as const, run: view }]),
    ...news.map((trouble) => ({ change: 'attention' as const, run: { ...view, ...trouble } })),
  ];
}

/** The first that is told of a live run: it as it stands, with its worst trouble. */
export function firstChange({ view, troubles: [worst] }: Seen, began: boolean): Change {
  return { change: began ? 'started' : 'live', run: { ...view, ...worst } };
}
