import { existsSync, rmSync } from 'node:fs';
import { identify, thisPidScope } from '@pm/process';
import { type Attention, type NotificationPlanRecord, type RunRecord, runPaths } from '@pm/protocol';
import { closeWork, openWork, readRunRecord } from '@pm/protocol/fs';
import { eventsOf } from '../ledger/deliveries.ts';
import { openLedger, recordAttention } from '../ledger/ledger.ts';
import { readPlan, runOfWork, workName } from '../ledger/plan.ts';
import { eventName, isWanted } from '../message/facts.ts';
import { advance } from './advance.ts';
import { type Knowledge, newKnowledge } from './knowledge.ts';
import type { CourierOptions, Workplace } from './workplace.ts';

/** Makes the deliveries of a directory. Any number of couriers may do so at once: each try is claimed by link(2). */
export interface Courier {
  /** Begins every try that is due, and returns at once. Never throws. */
  readonly turn: () => void;
  /** A live run needs a decision. Whoever asked for it is told, once for each attention of a run. */
  readonly needsDecision: (run: RunRecord, attention: Attention, evidence: string) => void;
  /** True as long as something is left to deliver, now or when a run ends. */
  readonly isLeft: () => boolean;
}

interface KnownRun {
  readonly plan: NotificationPlanRecord;
  readonly deliveries: Map<string, Knowledge>;
  hasEnded: boolean;
  /** When the next of its deliveries is due, by the clock of this process. */
  dueAtMs: number;
}

// Why: contributing/decisions/2026-11-29-who-delivers.md
/** The courier of a directory. What it knows it can find out again from the records, so it may be killed at any instant. */
export function openCourier(dir: string, options: CourierOptions): Courier {
  const runs = new Map<string, KnownRun>();
  const newer = new Set<string>();
  const place: Workplace = {
    ...options,
    dir,
    scope: thisPidScope(),
    self: identify(process.pid),
    underway: 0,
    tried: (id) => {
      const known = runs.get(id);
      if (known !== undefined) known.dueAtMs = 0;
      turn();
    },
  };

  function turn(): void {
    if (options.signal.aborted) return;
    for (const id of idsLeft()) {
      try {
        visit(id);
      } catch {
        // No file handles, or a folder that was deleted meanwhile: the next turn looks again.
      }
    }
  }

  function visit(id: string): void {
    const known = runs.get(id) ?? load(id);
    if (known === undefined) return;
    const { outcome, notify } = runPaths(dir, id);
    if (known.dueAtMs > performance.now() && (known.hasEnded || (!existsSync(outcome) && existsSync(notify)))) return;
    const record = readRunRecord(dir, id);
    if (record.kind === 'newer') newer.add(id);
    else if (record.kind !== 'present' || !existsSync(notify)) forget(id);
    if (record.kind !== 'present' || !existsSync(notify)) return;
    const run = record.value;
    const ledger = openLedger(dir, id);
    const events = eventsOf(dir, id, ledger);
    known.hasEnded = events.some(({ kind }) => kind === 'ended');
    for (const event of events) {
      for (const [n, target] of known.plan.targets.entries()) {
        if (target.fault !== undefined || !isWanted(target, event)) continue;
        const key = `${n}.${eventName(event)}`;
        const knowledge = known.deliveries.get(key) ?? newKnowledge();
        known.deliveries.set(key, knowledge);
        advance(place, { run, event, target, n, key, ledger }, knowledge);
      }
    }
    const open = [...known.deliveries.values()].filter(({ state }) => state !== 'over');
    known.dueAtMs = Math.min(...open.map(({ state, dueAtMs }) => (state === 'waiting' ? dueAtMs : Infinity)));
    if (open.length > 0 || !known.hasEnded) return;
    rmSync(`${notify}/secrets`, { force: true, recursive: true });
    forget(id);
  }

  function load(id: string): KnownRun | undefined {
    const reading = readPlan(dir, id);
    if (reading.kind === 'present') {
      const known = { plan: reading.value, deliveries: new Map<string, Knowledge>(), hasEnded: false, dueAtMs: 0 };
      runs.set(id, known);
      return known;
    }
    const { folder, outcome, notify } = runPaths(dir, id);
    if (reading.kind === 'newer')
      newer.add(id); // a newer version made that plan, and can read it
    else if (reading.kind === 'malformed' || existsSync(outcome) || !existsSync(folder)) {
      // The start that was about to write a plan has died.
      rmSync(`${notify}/secrets`, { force: true, recursive: true });
      forget(id);
    }
    return undefined;
  }

  function forget(id: string): void {
    runs.delete(id);
    closeWork(dir, workName(id));
  }

  function idsLeft(): string[] {
    return openWork(dir)
      .flatMap((name) => runOfWork(name) ?? [])
      .filter((id) => !newer.has(id));
  }

  return {
    turn,
    isLeft: () => place.underway > 0 || idsLeft().length > 0,
    needsDecision: (run, attention, evidence) => {
      const known = runs.get(run.id);
      if (known?.plan.targets.some(({ on }) => on.includes(attention)) !== true) return;
      if (existsSync(`${runPaths(dir, run.id).notify}/${attention}`)) return;
      try {
        recordAttention(dir, run.id, attention, evidence);
        known.dueAtMs = 0;
      } catch {
        // A full disk. The next look at the run sees the same trouble.
      }
    },
  };
}
