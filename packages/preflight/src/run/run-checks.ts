import { createHash } from 'node:crypto';
import { formatDuration } from '@pm/protocol/text';
import * as z from 'zod/mini';
import { type Asked, type Finding, type Inspection, type Place, type Remedy, STATES } from '../check.ts';
import { inTime } from '../in-time.ts';
import { masked } from './masked.ts';

/** How long one check may take where nothing else is asked, and after it the search for what would mend what it found. */
export const BUDGET_MS = 10_000;

/**
 * Asks all at once, so that the whole takes as long as the slowest. A check that throws, answers what is no inspection, or is not done
 * within its budget is `inconclusive`, with the reason: it says nothing about the environment.
 * @returns a finding for each, in the order asked
 * @throws the signal's reason, if it ended first
 */
export async function runChecks(
  asked: readonly Asked[],
  place: Place,
  { signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {},
): Promise<Finding[]> {
  let interrupt: () => void = () => {};
  const interrupted = new Promise<void>((resolve) => {
    interrupt = resolve;
    if (signal.aborted) interrupt();
  });
  signal.addEventListener('abort', interrupt, { once: true });
  const findings = await Promise.all(asked.map((one) => findingOf(one, place, interrupted)));
  signal.removeEventListener('abort', interrupt);
  signal.throwIfAborted();
  return findings;
}

async function findingOf(asked: Asked, place: Place, interrupted: Promise<void>): Promise<Finding> {
  const { check, options, title = check.title } = asked;
  const { state, evidence } = await inspectionOf(asked, place, interrupted);
  const remedies =
    state === 'fail' || state === 'warn'
      ? await remediesOf(asked, (signal) => check.remedies?.(options, place, signal) ?? [], interrupted)
      : [];
  return {
    check: check.id,
    title: masked(title, place.env),
    state,
    evidence: masked(evidence, place.env),
    ...(remedies.length > 0 && { remedies }),
  };
}

const Answered = z.object({ state: z.enum(STATES), evidence: z.string() });

async function inspectionOf(
  { check, options, budgetMs = BUDGET_MS }: Asked,
  place: Place,
  interrupted: Promise<void>,
): Promise<Inspection> {
  const ended = await inTime(budgetMs, interrupted, (ending) => check.inspect(options, place, ending));
  switch (ended.kind) {
    case 'done': {
      const answered = Answered.safeParse(ended.value);
      return answered.success ? answered.data : inconclusive('the check answered what is no state with its evidence');
    }
    case 'threw':
      return inconclusive(`the check itself failed: ${ended.why}`);
    case 'late':
      return inconclusive(`no answer within ${formatDuration(budgetMs)}`);
    case 'interrupted':
      return inconclusive('interrupted');
  }
}

function inconclusive(evidence: string): Inspection {
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
  { remedy }: Asked,
  ask: (signal: AbortSignal) => readonly Remedy[] | Promise<readonly Remedy[]>,
  interrupted: Promise<void>,
): Promise<readonly Remedy[]> {
  const ended = await inTime(BUDGET_MS, interrupted, ask);
  const known = Remedies.safeParse(ended.kind === 'done' ? ended.value : []);
  const own = remedy === undefined ? [] : [remedy];
  return [...own, ...(known.success ? (known.data as readonly Remedy[]) : [])];
}

/**
 * What was asked and how it stood, in 16 characters: equal as long as nothing changed for better or worse. The evidence is left out,
 * because it has times, pids and bytes in it.
 * @param findings those of `runChecks`, in the order asked
 */
export function digestOf(asked: readonly Asked[], findings: readonly Finding[]): string {
  const rows = asked.map(({ check, options }, index) => JSON.stringify([check.id, options, findings[index]?.state]));
  return createHash('sha256').update(rows.sort().join('\n')).digest('hex').slice(0, 16);
}
