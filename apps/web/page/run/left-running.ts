import type { Answer, RunView } from '@pm/operations';
import { withCount } from '@pm/operations/words';
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../state/ask.ts';

/** How often is asked whether the processes are still there, ms. Nothing is asked while nobody looks at the page. */
const EVERY_MS = 5_000;
/** Among so many of the newest runs of the step. */
const MOST = 20;
/** So many processes are named, and the rest is counted. */
const NAMED = 5;

/** The processes that a run has left running, as texts; undefined if there are none. */
export interface LeftRunning {
  readonly surely: string | undefined;
  readonly perhaps: string | undefined;
}

type Left = Pick<RunView, 'survivors' | 'suspects'>;

/** What a run that has ended has left running. Its record is of the moment of its end, so it is asked for again while there is something. */
export function useLeftRunning(run: RunView & { readonly dir: string; readonly id: string }): LeftRunning {
  const [newest, setNewest] = useState<{ readonly id: string; readonly left: Left } | undefined>();
  const { survivors = [], suspects = [] }: Left = newest?.id === run.id ? newest.left : run;
  const isAny = survivors.length + suspects.length > 0;
  useEffect(() => {
    if (!isAny) return;
    let isCurrent = true;
    const { id, dir, step } = run;
    const look = async (): Promise<void> => {
      if (document.visibilityState !== 'visible') return;
      const { runs } = await ask<Answer>('ls', { step, dir, limit: MOST });
      const left = runs.find((known) => known.id === id);
      if (isCurrent && left !== undefined) setNewest({ id, left });
    };
    const lookAgain = (): void => void look().catch(() => {}); // what is known stays
    lookAgain();
    const timer = setInterval(lookAgain, EVERY_MS);
    return () => {
      isCurrent = false;
      clearInterval(timer);
    };
  }, [run.id, isAny]);
  return { surely: named(survivors), perhaps: named(suspects) };
}

function named(processes: NonNullable<RunView['survivors']>): string | undefined {
  if (processes.length === 0) return undefined;
  const names = processes.map(({ pid, command }) => `${pid} ${command}`);
  return withCount(names, NAMED);
}
