import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { thisPidScope } from '@pm/process';
import { DEFAULT_POLICY, encodeJson, type OutcomeRecord, type RunRecord, runPaths } from '@pm/protocol';
import { openDirectory } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { test as base } from 'vitest';
import { type Courier, type CourierOptions, openCourier, type Target, writePlan } from '../src/index.ts';
import { openReceiver, type Receiver } from './receiver.ts';

/** A directory with runs that have a plan, and a receiver. */
export interface Stage {
  readonly dir: string;
  readonly receiver: Receiver;
  /** A run without an ending. */
  run(targets: readonly Target[], patch?: Partial<RunRecord>): RunRecord;
  /** A webhook to the receiver, for every outcome. */
  webhook(patch?: Partial<Target['plan']>): Target;
  /** Writes the outcome of a run. */
  end(run: RunRecord, patch?: Partial<OutcomeRecord>): void;
  courier(options?: Partial<CourierOptions>): Courier;
  /** Turns until nothing is left. */
  work(...couriers: readonly Courier[]): Promise<void>;
  /** The names in the ledger of a run. */
  ledger(run: RunRecord): string[];
  read(run: RunRecord, name: string): unknown;
  write(run: RunRecord, name: string, content: string | object): void;
  mode(run: RunRecord, name: string): number;
}

export const test = base.extend<{ stage: Stage }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
  stage: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'pm-notify-'));
    const receiver = await openReceiver();
    const stopping = new AbortController();
    try {
      await use(stageIn(join(folder, '.pm'), receiver, stopping.signal));
    } finally {
      stopping.abort();
      receiver.close();
      rmSync(folder, { recursive: true });
    }
  },
});

let runs = 0;

function stageIn(dir: string, receiver: Receiver, signal: AbortSignal): Stage {
  openDirectory(dir);
  const file = (run: RunRecord, name: string): string => join(runPaths(dir, run.id).notify, name);
  return {
    dir,
    receiver,
    run(targets, patch = {}) {
      const id = `20261123T18051234${runs % 10}Z-${String(runs++).padStart(10, '0')}`;
      const run: RunRecord = {
        v: 1,
        id,
        step: `step-${runs}`,
        argv: ['true'],
        cwd: '/',
        createdAt: Date.now(),
        host: { name: 'here', ...thisPidScope() },
        policy: DEFAULT_POLICY,
        owner: { user: 'tester' },
        ...patch,
      };
      mkdirSync(runPaths(dir, id).folder, { mode: 0o700 });
      writeFileSync(runPaths(dir, id).run, encodeJson(run), { mode: 0o600 });
      writePlan(dir, id, targets);
      return run;
    },
    webhook: (patch = {}) => ({
      plan: { name: 'team', kind: 'webhook', on: ['success', 'failed', 'lost'], ...patch },
      secrets: { url: receiver.url, secret: 'hidden-key' },
    }),
    end(run, patch = {}) {
      const now = Date.now();
      const outcome: OutcomeRecord = {
        v: 1,
        id: run.id,
        step: run.step,
        outcome: 'failed',
        reason: 'exit-nonzero',
        advice: 'fix',
        exitCode: 1,
        startedAt: now - 1_000,
        endedAt: now,
        elapsedMs: 1_000,
        evidence: 'exit 1',
        survivors: [],
        logBytes: 0,
        ...patch,
      };
      writeFileSync(runPaths(dir, run.id).outcome, encodeJson(outcome), { mode: 0o600 });
    },
    courier: (options = {}) => openCourier(dir, { signal, program: 'test 1', ...options }),
    work: (...couriers) =>
      until(() => {
        for (const courier of couriers) courier.turn();
        return couriers.every((courier) => !courier.isLeft());
      }, 'nothing is left'),
    ledger: (run) => readdirSync(runPaths(dir, run.id).notify).sort(),
    read: (run, name) => JSON.parse(readFileSync(file(run, name), 'utf8')),
    write: (run, name, content) =>
      writeFileSync(file(run, name), typeof content === 'string' ? content : encodeJson(content), { mode: 0o600 }),
    mode: (run, name) => statSync(file(run, name)).mode & 0o777,
  };
}
