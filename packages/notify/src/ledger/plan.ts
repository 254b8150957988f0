import { mkdirSync, rmSync } from 'node:fs';
import {
  decodeJson,
  encodeJson,
  NotificationPlanRecord,
  NotificationSecretsRecord,
  type PlannedTarget,
  runPaths,
  type TargetSecrets,
} from '@pm/protocol';
import { addWork, closeWork, createRecord, presentIn, type Reading, readRecord } from '@pm/protocol/fs';

/** The name of the notifications of a run among the work of its directory. */
export function workName(runId: string): string {
  return `notify.${runId}`;
}

/** The run whose notifications this work is; undefined for other work. */
export function runOfWork(name: string): string | undefined {
  return /^notify\.([A-Za-z0-9-]+)$/.exec(name)?.[1];
}

/** A target with what only its delivery may know. */
export interface Target {
  readonly plan: PlannedTarget;
  readonly secrets?: Omit<TargetSecrets, 'target'>;
}

/**
 * Writes who is told about a run: before it is launched, so that nothing of it can be missed. From then on its directory has work for
 * the resident monitor.
 * @throws the error of a full disk. The run can go on without.
 */
export function writePlan(dir: string, runId: string, targets: readonly Target[]): void {
  const { notify } = runPaths(dir, runId);
  mkdirSync(notify, { mode: 0o700 });
  const secrets = targets.flatMap(({ secrets }, target) => (secrets === undefined ? [] : [{ target, ...secrets }]));
  const plan = { v: 1, at: Date.now(), targets: targets.map(({ plan }) => plan) };
  try {
    addWork(dir, workName(runId)); // first: a plan without work, of a start that was killed here, would tell nobody
    if (secrets.length > 0) createRecord(`${notify}/secrets`, encodeJson({ v: 1, targets: secrets }));
    createRecord(`${notify}/plan`, encodeJson(plan));
  } catch (error) {
    rmSync(notify, { recursive: true, force: true });
    closeWork(dir, workName(runId));
    throw error;
  }
}

/** Who is told about a run. Absent: nobody. */
export function readPlan(dir: string, runId: string): Reading<NotificationPlanRecord> {
  return readRecord(`${runPaths(dir, runId).notify}/plan`, (text) => decodeJson(NotificationPlanRecord, text));
}

/** What the targets of a run need to be told. None once all of them are. */
export function readSecrets(dir: string, runId: string): ReadonlyMap<number, TargetSecrets> {
  const path = `${runPaths(dir, runId).notify}/secrets`;
  const record = presentIn(readRecord(path, (text) => decodeJson(NotificationSecretsRecord, text)));
  return new Map(record?.targets.map((secrets) => [secrets.target, secrets]));
}
