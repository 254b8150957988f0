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

/** How long a check may take by default, and how long its search for remedies may take. */
const BUDGET_MS = 10_000;

interface RunOptions {
  readonly signal?: AbortSignal;
  /** Whether to look for what would fix a failed check. Default: true. */
  readonly remedies?: boolean;
}

/**
 * Runs all checks at once, so that all take as long as the slowest. A check that throws, returns an invalid result or exceeds its budget
 * is `inconclusive`, with the reason: it says nothing about the environment.
 * @returns one finding for each check, in the same order
 * @throws the reason of the signal, if that is aborted first
 */
export async function runChecks(
  prepared: readonly PreparedCheck[],
  context: CheckContext,
  { signal = new AbortController().signal, remedies = true }: RunOptions = {},
): Promise<Finding[]> {
  let interrupt: () => void = () => {};
  const interrupted = new Promise<void>((resolve) => {
    interrupt = resolve;
    if (signal.aborted) interrupt();
  });
  signal.addEventListener('abort', interrupt, { once: true });
  const findings = await Promise.all(prepared.map((one) => findingOf(one, context, interrupted, remedies)));
  signal.removeEventListener('abort', interrupt);
  signal.throwIfAborted();
  return findings;
}

async function findingOf(
  prepared: PreparedCheck,
  context: CheckContext,
  interrupted: Promise<void>,
  isMended: boolean,
): Promise<Finding> {
  const { check, options, title = check.title } = prepared;
  const { state, evidence } = await inspectionOf(prepared, context, interrupted);
  const remedies =
    isMended && (state === 'fail' || state === 'warn')
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
      return answered.success
        ? answered.data
        : inconclusive('the check returned an invalid result: it needs a state and its evidence');
    }
    case 'threw':
      return inconclusive(`the check threw an error: ${ended.why}`);
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

/** The project's own remedy comes first. Invalid or late remedies are left out; the finding is valid without them. */
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
 * A hash of checks, options and states: 16 hexadecimal characters that change when a check starts to pass or to fail. The evidence is
 * left out, because it contains times, pids and sizes.
 * @param findings what `runChecks` returned for these checks
 */
export function hashFindings(prepared: readonly PreparedCheck[], findings: readonly Finding[]): string {
  const rows = prepared.map(({ check, options }, index) => JSON.stringify([check.id, options, findings[index]?.state]));
  return createHash('sha256').update(rows.sort().join('\n')).digest('hex').slice(0, 16);
}
