import { cutMiddle, failureIn } from '@pm/output';
import type { RunRecord } from '@pm/protocol';
import { presentIn, readRunRecord } from '@pm/protocol/fs';
import { roughDuration } from '@pm/protocol/text';
import { isLive } from '../runs/outcome-view.ts';
import { viewNow } from '../runs/run-view.ts';
import type { Next, RunView } from '../shape/answer.ts';

const SHOWN_BYTES = 160;

/** What is to be said about services that did not live as long as the run that needed them. */
export interface FallenNeeds {
  readonly notes: string[];
  readonly next: Next[];
}

/**
 * The services that these runs needed and that have ended by themselves: a test fails for that reason, and its own output does not say so.
 * @param named the directory as the caller named it
 */
export function fallenNeeds(
  where: string,
  runs: readonly RunRecord[],
  named: string | undefined,
  by: string,
): FallenNeeds {
  const place = named === undefined ? {} : { dir: named };
  const fallen = neededBy(where, runs).flatMap(({ run, by: whose }) => {
    const view = viewNow(where, run, by);
    return isLive(view) || view.state === 'malformed' || view.outcome === 'cancelled' ? [] : [{ view, whose }];
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
