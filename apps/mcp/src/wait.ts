import type { Answer, Context, RunView } from '@pm/operations';
import type { Call } from './call.ts';
import { type Parsed, perform } from './perform.ts';
import { plain } from './plain.ts';

/** Hosts show it to somebody; more often would only cost. */
const PROGRESS_EVERY_MS = 5_000;

/** Waits at most that long, and meanwhile tells the client that somebody is there. */
export async function waitFor(
  input: Parsed,
  budgetMs: number,
  call: Pick<Call, 'progress'>,
  context: Context,
): Promise<Answer> {
  const asked = input['budget'];
  const budget = Math.min(typeof asked === 'number' ? asked : Number.POSITIVE_INFINITY, budgetMs);
  let last = 'waiting';
  const report: Context['report'] = (event) => {
    if (event.type === 'progress') last = liveLine(event.run);
  };
  const stopTelling = keepTelling(() => last, call, context.signal);
  try {
    return (await perform(
      'wait_run',
      { ...input, ...(Number.isFinite(budget) && { budget }) },
      { ...context, report },
    )) as Answer;
  } finally {
    stopTelling();
  }
}

function keepTelling(line: () => string, { progress }: Pick<Call, 'progress'>, signal: AbortSignal): () => void {
  if (progress === undefined) return () => {};
  const timer = setInterval(() => {
    if (!signal.aborted) void progress(line()).catch(() => {}); // a client that has gone is heard of elsewhere
  }, PROGRESS_EVERY_MS);
  return () => clearInterval(timer);
}

function liveLine({ step, state, elapsedMs, progress }: RunView): string {
  const said = progress === undefined ? '' : ` · it says: ${plain(progress).replace(/\s+/g, ' ')}`;
  return `${step} ${state} ${Math.round(elapsedMs / 1_000)} s${said}`;
}
