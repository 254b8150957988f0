import type { Trouble } from '@pm/monitor';
import type { RunView } from '../shape/answer.ts';
import type { Transition } from '../shape/transition.ts';

/** A live run with all conditions that need attention, as one look shows it. */
export interface LiveRun {
  readonly view: RunView;
  readonly troubles: readonly Trouble[];
}

type Change = Pick<Transition, 'change' | 'run'>;

// Why: contributing/decisions/2026-11-23-limits-that-move.md
/**
 * What has changed in a run between two looks. Pure.
 * A condition that is a state as well (quiet, suspended) is reported once, as attention.
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

/** The first report of a live run: its present state, with the most urgent condition. */
export function firstChange({ view, troubles: [worst] }: LiveRun, began: boolean): Change {
  return { change: began ? 'started' : 'live', run: { ...view, ...worst } };
}
