import type { Answer, Context, RunView } from '@pm/operations';
import { visibleText } from '../answer/visible-text.ts';
import { type Parsed, runOperation } from '../tools/run-operation.ts';
import type { ToolCall } from '../tools/tool-call.ts';

/** Hosts show it to somebody; more often would only cost. */
const PROGRESS_EVERY_MS = 5_000;

/** Waits at most that long, and meanwhile tells the client that somebody is there. */
export async function waitWithProgress(
  input: Parsed,
  budgetMs: number,
  call: Pick<ToolCall, 'progress'>,
  context: Context,
): Promise<Answer> {
  const asked = input['budget'];
  const budget = Math.min(typeof asked === 'number' ? asked : Number.POSITIVE_INFINITY, budgetMs);
  let seen: Seen | undefined;
  const report: Context['report'] = (event) => {
    if (event.type === 'progress') seen = { run: event.run, at: performance.now() };
  };
  const line = (): string => (seen === undefined ? 'waiting' : liveLine(seen, performance.now()));
  const stopTelling = keepTelling(line, call, context.signal);
  try {
    return (await runOperation(
      'wait_run',
      { ...input, ...(Number.isFinite(budget) && { budget }) },
      { ...context, report },
    )) as Answer;
  } finally {
    stopTelling();
  }
}

function keepTelling(line: () => string, { progress }: Pick<ToolCall, 'progress'>, signal: AbortSignal): () => void {
  if (progress === undefined) return () => {};
  const timer = setInterval(() => {
    if (!signal.aborted) void progress(line()).catch(() => {}); // a client that has gone is heard of elsewhere
  }, PROGRESS_EVERY_MS);
  return () => clearInterval(timer);
}

/** A run as it was at the last look, and when that was, monotonic. */
interface Seen {
  readonly run: RunView;
  readonly at: number;
}

/** A look may be a minute old when it is told. What is suspended meanwhile gets no older. */
function liveLine({ run, at }: Seen, now: number): string {
  const { step, state, elapsedMs, progress } = run;
  const said = progress === undefined ? '' : ` · it says: ${visibleText(progress).replace(/\s+/g, ' ')}`;
  const sinceMs = state === 'suspended' ? 0 : now - at;
  return `${step} ${state} ${Math.round((elapsedMs + sinceMs) / 1_000)} s${said}`;
}
