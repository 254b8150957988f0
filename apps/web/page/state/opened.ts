import type { Answer } from '@pm/operations';
import type { SeenRun } from '@pm/operations/overview-state';
import { useEffect, useState } from 'preact/hooks';
import { ask } from './ask.ts';
import type { OpenedRun } from './route.ts';
import type { World } from './world.ts';

/** How many of the runs of a step are asked for to find an older one. */
const MOST = 200;

/** The run that is open. One that is older than what is listed is asked for. Undefined until it is known. */
export function useOpened(opened: OpenedRun | undefined, world: World): SeenRun | undefined {
  const [older, setOlder] = useState<SeenRun | undefined>();
  const listed = opened === undefined ? undefined : world.runs.get(opened.id);
  const isMissing = opened !== undefined && listed === undefined && world.isLoaded;
  useEffect(() => {
    if (opened === undefined || !isMissing || older?.run.id === opened.id) return;
    let isCurrent = true;
    const { dir, step, id } = opened;
    ask<Answer>('ls', { step, dir, limit: MOST }).then(
      ({ runs }) => {
        const run = runs.find((known) => known.id === id);
        if (isCurrent && run !== undefined) setOlder({ run: { ...run, id, dir }, at: Date.now() });
      },
      () => {}, // it was deleted: nothing is open
    );
    return () => {
      isCurrent = false;
    };
  }, [opened?.id, isMissing]);
  if (opened === undefined) return undefined;
  return listed ?? (older?.run.id === opened.id ? older : undefined);
}
