import type { Answer } from '@pm/operations';
import type { SeenRun } from '@pm/operations/overview-state';
import { useEffect, useState } from 'preact/hooks';
import { ask, NoAnswerError } from './ask.ts';
import type { OpenedRun } from './route.ts';
import type { World } from './world.ts';

/** How many of the runs of a step are asked for to find an older one. */
const MOST = 200;

/** The run that is open. */
export interface Opened {
  /** Undefined until it is known, and if it is gone. */
  readonly entry: SeenRun | undefined;
  /** It was asked for, and is not there any more. */
  readonly isGone: boolean;
}

/** The run that is open. One that is older than what is listed is asked for. @param isConnected whether the server can be asked now */
export function useOpened(opened: OpenedRun | undefined, world: World, isConnected: boolean): Opened {
  const [older, setOlder] = useState<{ readonly id: string; readonly entry: SeenRun | undefined } | undefined>();
  const listed = opened === undefined ? undefined : world.runs.get(opened.id);
  const isMissing = opened !== undefined && listed === undefined && world.isLoaded;
  useEffect(() => {
    if (opened === undefined || !isMissing || !isConnected || older?.id === opened.id) return;
    let isCurrent = true;
    const { dir, step, id } = opened;
    ask<Answer>('ls', { step, dir, limit: MOST }).then(
      ({ runs }) => {
        const run = runs.find((known) => known.id === id);
        if (isCurrent) setOlder({ id, entry: run && { run: { ...run, id, dir }, at: Date.now() } });
      },
      (error: unknown) => {
        // Without an answer nothing is known. It is asked again when the server is back.
        if (isCurrent && !(error instanceof NoAnswerError)) setOlder({ id, entry: undefined });
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [opened?.id, isMissing, isConnected]);
  const found = isMissing && older?.id === opened.id ? older : undefined;
  return { entry: listed ?? found?.entry, isGone: found !== undefined && found.entry === undefined };
}
