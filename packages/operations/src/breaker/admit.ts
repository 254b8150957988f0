import { takeStart } from '@pm/breaker';
import { DEFAULTS, directoryPaths } from '@pm/protocol';
import type { Context } from '../project/context.ts';
import type { StartRequest } from '../project/start-request.ts';
import type { Answer, Next, Refusal } from '../shape/answer.ts';
import { viewOfBreaker } from './breaker-view.ts';
import { directoryBreaker } from './directory-breaker.ts';

/** The start is allowed, perhaps as the one trial; or the answer that refuses it. */
export type Admission =
  /** `notes` are problems that do not refuse the start: older records that cannot be read. */
  | { readonly kind: 'admitted'; readonly notes: readonly string[] }
  | { readonly kind: 'refused'; readonly answer: Answer };

/**
 * Asks the breaker of the step, and its number of starts per day.
 * @param after the number of the newest claim of the step: the answer is about the run after it
 * @param isPaid this start was counted already, but another start was faster
 */
export async function admit(
  dir: string,
  { step, command, config, breaker: own, dir: named, restart, retries = DEFAULTS.restartRetries }: StartRequest,
  asking: {
    readonly cwd: string;
    readonly findings: string | undefined;
    readonly after: number;
    readonly isPaid: boolean;
  },
  context: Context,
): Promise<Admission> {
  if (own === undefined) return { kind: 'admitted', notes: [] };
  const { cwd, findings, after, isPaid } = asking;
  const { breaker, history } = directoryBreaker(dir, config, own, context);
  const run = { source: step, after };
  const times = restart === undefined ? 1 : retries + 1;
  const { snapshot, ...asked } = await breaker.ask({ cwd, argv: command, findings, ignore: dir, run, times });
  const place = named === undefined ? {} : { dir: named };
  if (asked.kind === 'refused') {
    const view = viewOfBreaker(snapshot, history.nameOf);
    const kind = asked.why === 'held' ? 'held' : 'breaker-open';
    const refusal: Refusal = { kind, message: `${step}: ${view.why}`, breaker: view };
    const failed = view.failures.findLast(({ run }) => run !== undefined)?.run;
    const next = callsInstead(failed, own.name, { kind, seesChanges: snapshot.seesChanges }, place);
    return { kind: 'refused', answer: { runs: [], refusal, ...malformedIn(snapshot.malformed), next } };
  }
  const { startsPerDay: perDay, name } = own;
  const nextAtMs =
    perDay === undefined || isPaid
      ? undefined
      : takeStart(`${directoryPaths(dir).breakers}/${name}/starts/${step}`, perDay);
  if (perDay === undefined || nextAtMs === undefined) return { kind: 'admitted', notes: snapshot.malformed };
  const message = `${step} was started ${perDay} times within a day, and more are not allowed (startsPerDay)`;
  const refusal: Refusal = { kind: 'limit', message, nextAt: Math.ceil(nextAtMs) };
  return { kind: 'refused', answer: { runs: [], refusal, next: [] } };
}

function malformedIn(malformed: readonly string[]): { malformed?: string[] } {
  return malformed.length === 0 ? {} : { malformed: [...malformed] };
}

/** @param failed the newest failed run; undefined if none is on record, as after failures of a script */
function callsInstead(
  failed: string | undefined,
  name: string,
  { kind, seesChanges }: { readonly kind: 'held' | 'breaker-open'; readonly seesChanges: boolean },
  place: { dir?: string },
): Next[] {
  const reset = { action: 'reset', name, reason: 'what was fixed', ...place };
  if (kind === 'held') return [{ operation: 'breaker', input: reset, why: 'only if the person who holds it agrees' }];
  return [
    ...(failed === undefined
      ? []
      : [{ operation: 'logs', input: { step: failed, ...place }, why: 'see how it failed' }]),
    {
      operation: 'breaker',
      input: reset,
      why: seesChanges
        ? 'if you fixed something that git does not see: an ignored file, a variable, a service, a package; if files changed, no reset is needed'
        : 'if you fixed the cause; this breaker does not look at files',
    },
  ];
}
