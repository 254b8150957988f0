import { cutMiddle, failureIn } from '@pm/output';
import type { RunRecord } from '@pm/protocol';
import { presentIn, readOutcome, readRunRecord } from '@pm/protocol/fs';
import { roughDuration } from '@pm/protocol/text';
import type { Context } from '../project/context.ts';
import { viewNow } from '../runs/run-view.ts';
import type { Next, RunView } from '../shape/answer.ts';
import { isLive } from '../shape/is-live.ts';
import { stoppedNote, stopUnneeded } from './stop-unneeded.ts';

const SHOWN_BYTES = 160;
/** A test ends at once when its server dies, and the ending of the server may be on record a little later. */
const SLACK_MS = 2_000;

/** What is to be said about the services of runs that have ended. */
interface EndedNeeds {
  readonly notes: string[];
  readonly next: Next[];
}

/**
 * Stops the services that only these runs needed, which have ended, and tells which services did not live as long as the runs.
 * @param named the directory as the caller named it
 * @param isLater whether they are stopped after the answer, where the frontend can do that: then the ending is told first
 */
export async function endedNeeds(
  where: string,
  runs: readonly RunRecord[],
  named: string | undefined,
  context: Context,
  { by, isLater }: { readonly by: string; readonly isLater: boolean },
): Promise<EndedNeeds> {
  const used = neededBy(where, runs).map(({ run }) => run);
  const stop = () => stopUnneeded(where, context, used);
  const later = isLater ? context.answered : undefined;
  const stopped = later === undefined ? stoppedNote(await stop()) : [];
  later?.(() => void stop().catch(() => {})); // who looks next tries again
  const { notes, next } = fallenNeeds(where, runs, named, by);
  return { notes: [...notes, ...stopped], next };
}

/** The services that these runs needed and that ended by themselves: a test fails for that reason, and its output does not say so. */
function fallenNeeds(where: string, runs: readonly RunRecord[], named: string | undefined, by: string): EndedNeeds {
  const place = named === undefined ? {} : { dir: named };
  const overAt = Math.max(...runs.map(({ id }) => presentIn(readOutcome(where, id))?.endedAt ?? Date.now()));
  const fallen = neededBy(where, runs).flatMap(({ run, by: whose }) => {
    const view = viewNow(where, run, by);
    const hasFallen = !isLive(view) && view.state !== 'malformed' && view.outcome !== 'cancelled';
    return hasFallen && (view.endedAt ?? 0) <= overAt + SLACK_MS ? [{ view, whose }] : [];
  });
  return {
    notes: fallen.map(({ view, whose }) => `${view.step}, which ${whose} needs, ${howItEnded(view)}`),
    next: fallen.map(({ view: { step } }) => ({
      operation: 'logs',
      input: { step, ...place },
      why: `see why ${step} ended`,
    })),
  };
}

/** The runs of services that these runs needed, also by way of others, each once. */
export function neededBy(
  where: string,
  runs: readonly RunRecord[],
): { readonly run: RunRecord; readonly by: string }[] {
  const found = new Map<string, { readonly run: RunRecord; readonly by: string }>();
  const visit = ({ step, needs = [] }: RunRecord): void => {
    for (const { id } of needs) {
      const run = found.has(id) ? undefined : presentIn(readRunRecord(where, id));
      if (run === undefined) continue;
      found.set(id, { run, by: step });
      visit(run);
    }
  };
  for (const run of runs) visit(run);
  return [...found.values()];
}

function howItEnded({ outcome, exitCode, elapsedMs, tail = '' }: RunView): string {
  const code = exitCode === undefined ? '' : ` with exit code ${exitCode}`;
  const line = failureIn(tail.split('\n'));
  const said = line === undefined ? '' : `: "${cutMiddle(line.trim(), SHOWN_BYTES)}"`;
  return `ended by itself${code} after ${roughDuration(elapsedMs)} (${outcome})${said}`;
}
