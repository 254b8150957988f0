import { presentIn, queuedSteps, readQueued } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { everyDirectory } from '../project/known-directories.ts';
import { isOwnedBy, ownerOf } from '../project/owner.ts';
import type { Views } from '../runs/views-of.ts';
import type { RunView } from '../shape/answer.ts';

/** The views of the first runs of a list, and how many the whole list has. */
export interface Listed extends Views {
  readonly total: number;
}

/** Which runs are asked for. */
interface QueuedFilter {
  readonly step?: string | undefined;
  readonly mine?: boolean | undefined;
  readonly everywhere?: boolean | undefined;
}

/** The runs that wait for their turn. Only those that are shown are read, or all if only those of the caller are asked for. */
export async function listQueued(here: string, input: QueuedFilter, limit: number, context: Context): Promise<Listed> {
  if (input.everywhere !== true) return listQueuedIn(here, input, limit, context);
  const runs: RunView[] = [];
  const malformed: string[] = [];
  let total = 0;
  for (const where of everyDirectory(here, context.env).dirs) {
    const queued = await listQueuedIn(where, input, limit, context);
    runs.push(...queued.runs.map((run) => ({ ...run, dir: where })));
    malformed.push(...queued.malformed);
    total += queued.total;
  }
  return { runs, malformed, total };
}

/** The run that waits is the newest one of its step, so the one before it is `train~1`. */
export function beforeQueued(run: RunView, queued: readonly RunView[]): RunView {
  const isOlder = queued.some(({ step, dir }) => step === run.step && dir === run.dir);
  return isOlder ? { ...run, back: (run.back ?? 0) + 1 } : run;
}

async function listQueuedIn(
  dir: string,
  { step, mine }: QueuedFilter,
  limit: number,
  context: Context,
): Promise<Listed> {
  const steps = queuedSteps(dir);
  const asked = step === undefined ? steps : steps.filter((one) => one === step);
  const listed = mine === true ? asked.filter(isOfCaller(dir, context)) : asked;
  if (listed.length === 0) return { runs: [], malformed: [], total: 0 };
  const { viewsOfQueued } = await import('../queue/queued-views.ts');
  const views = await viewsOfQueued(dir, listed, limit, context);
  return { ...views, total: listed.length - views.malformed.length };
}

/** A record that cannot be read passes: nothing is known of its owner. */
function isOfCaller(dir: string, context: Context): (step: string) => boolean {
  const me = ownerOf(context);
  return (step) => {
    const record = presentIn(readQueued(dir, step));
    return record === undefined || isOwnedBy(me, record);
  };
}
