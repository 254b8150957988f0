import type { Trouble } from '@pm/monitor';
import type { RunView } from '../shape/answer.ts';
import type { Transition } from '../shape/transition.ts';

/** A live run and all its troubles, as one look shows them. */
export interface LiveRun {
  readonly view: RunView;
  readonly troubles: readonly Trouble[];
}

type Change = Pick<Transition, 'change' | 'run'>;

// Why: contributing/decisions/2026-11-23-limits-that-move.md
/**
 * What became of a run between two looks. Pure.
 * Of a trouble that is a state as well (quiet, suspended) only the trouble is told: it is one line's worth.
 */
export function changesBetween(before: LiveRun, { view, troubles }: LiveRun): Change[] {
  const known = new Set(before.troubles.map(({ attention }) => attention));
  const added = troubles.filter(({ attention }) => !known.has(attention));
  const isReported = added.some(({ attention }) => attention === view.state);
  return [
    ...(view.limitMs === before.view.limitMs ? [] : [{ change: 'extended' as const, run: view }]),
    ...(view.state === before.view.state || isReported ? [] : [{ change: 'state' as const, run: view }]),
    ...added.map((trouble) => ({ change: 'attention' as const, run: { ...view, ...trouble } })),
  ];
}

/** The first that is told of a live run: it as it stands, with its worst trouble. */
export function firstChange({ view, troubles: [worst] }: LiveRun, began: boolean): Change {
  return { change: began ? 'started' : 'live', run: { ...view, ...worst } };
}
