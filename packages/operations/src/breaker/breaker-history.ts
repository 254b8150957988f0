import { type BreakerRun, type History, signatureOf } from '@pm/breaker';
import type { RunRecord } from '@pm/protocol';
import { claimNumbers, presentIn, readOutcome } from '@pm/protocol/fs';
import { breakerOf } from '../config/breaker-of.ts';
import type { Config } from '../config/config.ts';
import { claimsOf, stepsIn } from '../runs/find-run.ts';
import { viewOfOutcome } from '../runs/outcome-view.ts';
import { viewNow } from '../runs/run-view.ts';
import { isLive } from '../shape/is-live.ts';

/** How many runs are read: a breaker opens after at most 50 failures, and cancelled runs may be between them. */
const MOST_RUNS = 100;

/** The runs that a breaker counts, and the name of each: `train~1`. */
export interface BreakerHistory {
  readonly read: () => History;
  readonly nameOf: (runId: string) => string | undefined;
}

/** The steps that use this breaker. */
export function stepsOf(dir: string, config: Config | undefined, name: string): string[] {
  return stepsIn(dir).filter((step) => breakerOf(config, step)?.name === name);
}

/**
 * The runs of these steps for a breaker, each step back to its last success. The outcome of an ended run is written if it is missing, so
 * a run whose processes were all killed counts as ended.
 */
export function historyOf(dir: string, steps: readonly string[], by: string): BreakerHistory {
  const ended = new Map<string, BreakerRun>();
  const names = new Map<string, string>();
  return { read: () => ({ runs: steps.flatMap(runsOf), positions: positionsNow() }), nameOf: (id) => names.get(id) };

  function positionsNow(): Record<string, number> {
    return Object.fromEntries(steps.map((step) => [step, claimNumbers(dir, step)[0] ?? 0]));
  }

  function runsOf(step: string): BreakerRun[] {
    const facts: BreakerRun[] = [];
    for (const { n, run, back } of claimsOf(dir, step)) {
      if (run.kind !== 'present') continue;
      names.set(run.value.id, back === 0 ? step : `${step}~${back}`);
      const fact = ended.get(run.value.id) ?? factOf(dir, run.value, n, by);
      if (fact?.ended !== undefined) ended.set(fact.id, fact);
      if (fact !== undefined) facts.push(fact);
      if (fact?.ended?.outcome === 'success' || facts.length === MOST_RUNS) break;
    }
    return facts;
  }
}

/** It has run, and nobody knows how it ended; or it was killed because its worker was lost. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(['superseded', 'status-unknown', 'exit-unknown', 'lease-lost']);

/** Undefined for a run about which nothing is known: it neither counts nor is waited for. */
function factOf(dir: string, run: RunRecord, n: number, by: string): BreakerRun | undefined {
  const { bootId, name: host, uptimeMs } = run.host;
  // An older record has no uptime of the machine: then only the wall clock counts.
  const begun = { atMs: run.createdAt, host, bootId: uptimeMs === undefined ? '' : bootId, uptimeMs: uptimeMs ?? 0 };
  const fact: BreakerRun = { source: run.step, n, id: run.id, begun };
  const known = presentIn(readOutcome(dir, run.id));
  const view = known === undefined ? viewNow(dir, run, by) : undefined;
  if (view !== undefined && isLive(view)) return fact;
  const record = known ?? presentIn(readOutcome(dir, run.id));
  if (record === undefined) return undefined;
  const { outcome, reason, endedAt } = record;
  if (SAYS_NOTHING.has(reason)) return undefined;
  const at = { ...begun, atMs: endedAt, uptimeMs: begun.uptimeMs + Math.max(0, endedAt - run.createdAt) };
  if (outcome === 'success' || outcome === 'cancelled') return { ...fact, ended: { outcome, at } };
  const signature = signatureOf(viewOfOutcome(dir, run, record, 'listed').tail ?? '');
  const times = reason === 'gave-up' ? { times: (run.policy.retries ?? 0) + 1 } : {};
  return { ...fact, ended: { outcome, at, signature, ...times } };
}
