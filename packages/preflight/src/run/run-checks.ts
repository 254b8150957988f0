import { createHash } from 'node:crypto';
import { formatDuration } from '@pm/protocol/text';
import * as z from 'zod/mini';
import {
  CHECK_STATES,
  type CheckContext,
  type CheckResult,
  type Finding,
  type PreparedCheck,
  type Remedy,
} from '../check.ts';
import { withTimeout } from '../with-timeout.ts';
import { redact } from './redact.ts';

/** How long one check may take where nothing else is asked, and after it the search for what would mend what it found. */
export const BUDGET_MS = 10_000;

/**
 * Asks all at once, so that the whole takes as long as the slowest. A check that throws, answers what is no inspection, or is not done
 * within its budget is `inconclusive`, with the reason: it says nothing about the environment.
 * @returns a finding for each, in the order asked
 * @throws the signal's reason, if it ended first
 */
export async function runChecks(
  prepared: readonly PreparedCheck[],
  context: CheckContext,
  { signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {},
): Promise<Finding[]> {
  let interrupt: () => void = () => {};
  const interrupted = new Promise<void>((resolve) => {
    interrupt = resolve;
    if (signal.aborted) interrupt();
  });
  signal.addEventListener('abort', interrupt, { once: true });
  const findings = await Promise.all(prepared.map((one) => findingOf(one, context, interrupted)));
  signal.removeEventListener('abort', interrupt);
  signal.throwIfAborted();
  return findings;
}

async function findingOf(prepared: PreparedCheck, context: CheckContext, interrupted: Promise<void>): Promise<Finding> {
  const { check, options, title = check.title } = prepared;
  const { state, evidence } = await inspectionOf(prepared, context, interrupted);
  const remedies =
    state === 'fail' || state === 'warn'
      ? await remediesOf(prepared, (signal) => check.remedies?.(options, context, signal) ?? [], interrupted)
      : [];
  return {
    check: check.id,
    title: redact(title, context.env),
    state,
    evidence: redact(evidence, context.env),
    ...(remedies.length > 0 && { remedies }),
  };
}

const Answered = z.object({ state: z.enum(CHECK_STATES), evidence: z.string() });

async function inspectionOf(
  { check, options, budgetMs = BUDGET_MS }: PreparedCheck,
  context: CheckContext,
  interrupted: Promise<void>,
): Promise<CheckResult> {
  const ended = await withTimeout(budgetMs, interrupted, (ending) => check.inspect(options, context, ending));
  switch (ended.kind) {
    case 'done': {
      const answered = Answered.safeParse(ended.value);
      return answered.success ? answered.data : inconclusive('the check answered what is no state with its evidence');
    }
    case 'threw':
      return inconclusive(`the check itself failed: ${ended.why}`);
    case 'timed-out':
      return inconclusive(`no answer within ${formatDuration(budgetMs)}`);
    case 'interrupted':
      return inconclusive('interrupted');
  }
}

function inconclusive(evidence: string): CheckResult {
  return { state: 'inconclusive', evidence };
}

const Remedies = z.array(
  z.object({
    argv: z.array(z.string()).check(z.minLength(1)),
    safety: z.enum(['safe', 'needs-approval']),
    cwd: z.optional(z.string()),
  }),
);

/** The project's own remedy first. Ones that cannot be told are none: what was found stands without them. */
async function remediesOf(
  { remedy }: PreparedCheck,
  ask: (signal: AbortSignal) => readonly Remedy[] | Promise<readonly Remedy[]>,
  interrupted: Promise<void>,
): Promise<readonly Remedy[]> {
  const ended = await withTimeout(BUDGET_MS, interrupted, ask);
  const known = Remedies.safeParse(ended.kind === 'done' ? ended.value : []);
  const own = remedy === undefined ? [] : [remedy];
  return [...own, ...(known.success ? (known.data as readonly Remedy[]) : [])];
}

/**
 * What was asked and how it stood, in 16 characters: equal as long as nothing changed for better or worse. The evidence is left out,
 * because it has times, pids and bytes in it.
 * @param findings those of `runChecks`, in the order asked
 */
export function hashFindings(prepared: readonly PreparedCheck[], findings: readonly Finding[]): string {
  const rows = prepared.map(({ check, options }, index) => JSON.stringify([check.id, options, findings[index]?.state]));
  return createHash('sha256').update(rows.sort().join('\n')).digest('hex').slice(0, 16);
}
