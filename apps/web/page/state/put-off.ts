import type { SeenRun } from '@pm/operations/overview-state';
import { useEffect, useState } from 'preact/hooks';
import { keep, stored } from './kept.ts';
import type { World } from './world.ts';

/** Live runs that the user leaves alone, although they need a decision. */
export interface PutOff {
  readonly has: (entry: SeenRun) => boolean;
  readonly add: (entry: SeenRun) => void;
}

/** The condition that the user knows of, for each run id. */
type Known = Readonly<Record<string, string>>;

const NAME = 'put-off';

/** Keeps in this browser which runs are left alone, so that a reload does not ask again. It ends with the condition of the run. */
export function usePutOff(world: World): PutOff {
  const [known, setKnown] = useState(storedKnown);
  // From what is known by then: of two runs that are put off at once, the second must not take the first back.
  const set = (change: (before: Known) => Known): void =>
    setKnown((before) => {
      const next = change(before);
      keep(NAME, JSON.stringify(next));
      return next;
    });
  useEffect(() => {
    if (!world.isLoaded) return; // nothing has been heard yet
    const isLasting = ([id, attention]: [string, string]): boolean => world.runs.get(id)?.run.attention === attention;
    if (!Object.entries(known).every(isLasting))
      set((before) => Object.fromEntries(Object.entries(before).filter(isLasting)));
  }, [world.isLoaded, world.runs]);
  return {
    has: ({ run }) => run.attention !== undefined && known[run.id] === run.attention,
    add: ({ run: { id, attention } }) => attention !== undefined && set((before) => ({ ...before, [id]: attention })),
  };
}

function storedKnown(): Known {
  try {
    const value: unknown = JSON.parse(stored(NAME) ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Known) : {};
  } catch {
    return {};
  }
}
