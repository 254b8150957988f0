import { listenersOn } from '@pm/process';
import { holderViews } from '../ports/holder-views.ts';
import { type ListeningRun, lookAtPort } from '../ports/look-at-port.ts';
import { nameHolders } from '../ports/port-in-use.ts';
import type { Context } from '../project/context.ts';
import { withinRoots } from '../project/within-roots.ts';
import { type InnerRuns, innerRuns } from '../runs/inner-runs.ts';
import { markSeenAfterAnswer } from '../runs/unseen-endings.ts';
import { notesOnStopped, type StopRequest, stopRun } from '../sets/stop-run.ts';
import type { Answer, RunView } from '../shape/answer.ts';
import type { HolderView } from '../shape/views/holder-view.ts';

/** So often it is looked again who listens, if the port changes hands between the look and the stop. */
const MOST_LOOKS = 5;

/** The call, with its directory as the caller named it. */
type PortStop = StopRequest & { readonly dir?: string | undefined };

// Why: contributing/decisions/2026-11-29-who-holds-a-port.md
/**
 * Stops the runs of this user that listen on a port. The run that was found is stopped as every run is, by its id and the identities of its
 * processes, and only if its process holds the port when the stop begins. Nothing is done to any other process.
 * @throws PmError `out-of-bounds` if the run is in a directory that the caller may not use
 */
export async function stopPort(port: number, where: string, request: PortStop, context: Context): Promise<Answer> {
  const stopped: RunView[] = [];
  const inner: InnerRuns = { notes: [], next: [] };
  const done = new Set<string>();
  const stop = async ({ dir, run }: ListeningRun): Promise<void> => {
    done.add(run.id);
    const view = await stopRun(dir, run, request, context);
    markSeenAfterAnswer([view], dir, context);
    stopped.push(dir === where ? view : { ...view, dir });
    const { notes, next } = innerRuns(dir, [view], dir === where ? request.dir : dir, `pm stop ${process.pid}`);
    inner.notes.push(...notes);
    inner.next.push(...next);
  };
  for (let looks = 0; looks < MOST_LOOKS && !context.signal.aborted; looks += 1) {
    const found = lookAtPort(port, where, context).runs.filter(({ run }) => !done.has(run.id));
    if (found.length === 0) break;
    for (const { dir } of found) withinRoots(dir, context.bounds);
    for (const one of found) if (stillHolds(port, one)) await stop(one);
  }
  return answerOf(port, holderViews(port, lookAtPort(port, where, context)), stopped, inner);
}

/** Whether one of the processes that were found, and no other one with its pid, listens on the port now. */
function stillHolds(port: number, { holders }: ListeningRun): boolean {
  const now = listenersOn(port).flatMap((listener) => listener.holders);
  return holders.some(({ pid, startTime }) => now.some((one) => one.pid === pid && one.startTime === startTime));
}

function answerOf(port: number, holders: HolderView[], stopped: RunView[], inner: InnerRuns): Answer {
  const names = nameHolders(holders);
  if (stopped.length === 0 && holders.length > 0) {
    const why = holders.some(({ step }) => step !== undefined) ? `changed hands ${MOST_LOOKS} times, and ` : '';
    const message = `port ${port} ${why}is held by ${names}. Nothing was stopped`;
    return { runs: [], holders, refusal: { kind: 'not-ours', message }, next: [] };
  }
  const still = holders.length > 0 ? [`port ${port} is held by ${names}`] : [];
  const nobody = stopped.length === 0 ? [`nobody listens on port ${port}`] : [];
  const notes = [...notesOnStopped(stopped), ...inner.notes, ...still, ...nobody];
  return { runs: stopped, holders, ...(notes.length > 0 && { notes }), next: inner.next };
}
