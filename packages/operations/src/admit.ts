import { existsSync } from 'node:fs';
import { spendStart } from '@pm/breaker';
import { directoryPaths, runPaths } from '@pm/protocol';
import { claimNumbers, presentIn, readClaim, readOutcome } from '@pm/protocol/fs';
import type { Answer, Next, Refusal } from './answer.ts';
import { breakerAt } from './breaker-at.ts';
import { viewOfBreaker } from './breaker-view.ts';
import type { Wanted } from './configured.ts';
import type { Context } from './operation.ts';
import { readConfig } from './read-config.ts';
import { goesOn, viewNow } from './run-view.ts';

/**
 * Asks the step's breaker, and its budget of starts. A live run of the step is no matter of theirs: who repeats a start is to hear that
 * it runs already.
 * @returns the answer that refuses the start; undefined if it may begin, perhaps as the one trial
 */
export async function admit(
  dir: string,
  { step, command, breaker: own, dir: named }: Wanted,
  { cwd, findings }: { readonly cwd: string; readonly findings: string | undefined },
  context: Context,
): Promise<Answer | undefined> {
  if (own === undefined || isLive(dir, step)) return undefined;
  const { breaker, history } = breakerAt(dir, await readConfig(dir), own, context);
  const run = { source: step, after: claimNumbers(dir, step)[0] ?? 0 };
  const { standing, ...asked } = await breaker.ask({ cwd, argv: command, findings, ignore: dir, run });
  const place = named === undefined ? {} : { dir: named };
  if (asked.kind === 'refused') {
    const view = viewOfBreaker(standing, history.nameOf);
    const kind = asked.why === 'held' ? 'held' : 'breaker-open';
    const refusal: Refusal = { kind, message: `${step}: ${view.why}`, breaker: view };
    return { runs: [], refusal, ...malformedIn(standing.malformed), next: callsInstead(step, own.name, kind, place) };
  }
  const { startsPerDay: perDay, name } = own;
  const nextAtMs =
    perDay === undefined ? undefined : spendStart(`${directoryPaths(dir).breakers}/${name}/starts/${step}`, perDay);
  if (perDay === undefined || nextAtMs === undefined) return undefined;
  const message = `${step} was started ${perDay} times within a day, which is its budget (startsPerDay)`;
  return { runs: [], refusal: { kind: 'limit', message, nextAt: Math.ceil(nextAtMs) }, next: [] };
}

function isLive(dir: string, step: string): boolean {
  const run = presentIn(readClaim(dir, step)?.run ?? { kind: 'absent' });
  if (run === undefined || presentIn(readOutcome(dir, run.id)) !== undefined) return false;
  return existsSync(runPaths(dir, run.id).folder) && goesOn(viewNow(dir, run, `pm start ${process.pid}`));
}

function malformedIn(malformed: readonly string[]): { malformed?: string[] } {
  return malformed.length === 0 ? {} : { malformed: [...malformed] };
}

function callsInstead(step: string, name: string, kind: 'held' | 'breaker-open', place: { dir?: string }): Next[] {
  const reset = { action: 'reset', name, reason: 'what was mended', ...place };
  if (kind === 'held') return [{ operation: 'breaker', input: reset, why: 'only if whoever holds it agrees' }];
  return [
    { operation: 'logs', input: { step, ...place }, why: 'see how it failed' },
    {
      operation: 'breaker',
      input: reset,
      why: 'only if you know that it works again; a change of the files gets its trial without',
    },
  ];
}
