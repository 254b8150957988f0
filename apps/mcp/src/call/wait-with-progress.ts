import type { Answer, Context, RunView } from '@pm/operations';
import { visibleText } from '../answer/visible-text.ts';
import { runOperation, type ToolRequest } from '../tools/run-operation.ts';
import type { ToolCall } from '../tools/tool-call.ts';

/** How often the client gets a progress message. The example in the documentation of opencode sets a timeout of 5 s, which each message starts again. */
const PROGRESS_EVERY_MS = 2_000;

/** Waits at most `budgetMs`, and sends progress to the client meanwhile. */
export async function waitWithProgress(
  input: ToolRequest['input'],
  budgetMs: number,
  call: Pick<ToolCall, 'progress'>,
  context: Context,
): Promise<Answer> {
  const asked = input['budget'];
  const budget = Math.min(typeof asked === 'number' ? asked : Number.POSITIVE_INFINITY, budgetMs);
  let seen: LastReport | undefined;
  const report: Context['report'] = (event) => {
    if (event.type === 'progress') seen = { run: event.run, at: performance.now() };
  };
  const line = (): string => (seen === undefined ? 'waiting' : liveLine(seen, performance.now()));
  const stopProgress = sendProgress(line, call, context.signal);
  try {
    const wait = { ...input, ...(Number.isFinite(budget) && { budget }) };
    return (await runOperation({ operation: 'wait', input: wait }, { ...context, report })) as Answer;
  } finally {
    stopProgress();
  }
}

function sendProgress(line: () => string, { progress }: Pick<ToolCall, 'progress'>, signal: AbortSignal): () => void {
  if (progress === undefined) return () => {};
  const timer = setInterval(() => {
    if (!signal.aborted) void progress(line()).catch(() => {}); // a client that has gone is noticed elsewhere
  }, PROGRESS_EVERY_MS);
  return () => clearInterval(timer);
}

/** A run as it was last reported, and when that was (monotonic, ms). */
interface LastReport {
  readonly run: RunView;
  readonly at: number;
}

/** The state of a run as one line. The last report may be a minute old, so its age is added, but not for a suspended run. */
function liveLine({ run, at }: LastReport, now: number): string {
  const { step, state, elapsedMs, progress } = run;
  const said = progress === undefined ? '' : ` · progress: ${visibleText(progress).replace(/\s+/g, ' ')}`;
  const sinceMs = state === 'suspended' ? 0 : now - at;
  return `${step} ${state} ${Math.round((elapsedMs + sinceMs) / 1_000)} s${said}`;
}
