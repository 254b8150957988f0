import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import {
  decodeLogChunk,
  decodeReport,
  encodeJson,
  type LogChunk,
  type QueuedRecord,
  type Report,
  type RunRecord,
  runPaths,
} from '@pm/protocol';
import { addQueued, openDirectory, presentIn, readRunRecord } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import type { LogCap } from '../src/mirror/carry-log.ts';
import { reportOf } from '../src/mirror/report-of.ts';
import type { Stage } from './stage.ts';

export const WORKER = 'gpu-1';

/** What was carried from a worker, in its order. */
export type Carried = { readonly report: Report } | { readonly chunk: LogChunk };

/** A worker's side of one entry: what it has carried, and what is new. */
export interface Carrier {
  readonly all: readonly Carried[];
  /** The next report, if the run can be reported. */
  readonly report: () => Report;
  /** Reports until the outcome was reported. */
  readonly untilLast: () => Promise<void>;
}

/** Everything goes through its text, as on the way from one host to another. */
export function carrierOf(dir: string, id: string, cap?: LogCap): Carrier {
  const all: Carried[] = [];
  let since: Report | undefined;
  let isLast = false;
  const report = (): Report => {
    const reported = reportOf(dir, id, since, { name: WORKER, labels: ['cuda'], ...(cap !== undefined && { cap }) });
    if (reported === undefined) throw new Error(`no report of ${id}`);
    since = parsed(decodeReport(encodeJson(reported.report)));
    isLast = reported.isLast;
    for (const chunk of reported.chunks) all.push({ chunk: parsed(decodeLogChunk(encodeJson(chunk))) });
    all.push({ report: since });
    return since;
  };
  return {
    all,
    report,
    untilLast: () =>
      until(() => {
        report();
        return isLast;
      }, 'the outcome is reported'),
  };
}

function parsed<T>(decoded: { readonly kind: string; readonly value?: T; readonly why?: string }): T {
  if (decoded.value === undefined) throw new Error(decoded.why ?? decoded.kind);
  return decoded.value;
}

/** The run of a worker as the entry that its submitter has put in line. */
export function queueAs(dir: string, run: RunRecord, patch: Partial<QueuedRecord> = {}): QueuedRecord {
  openDirectory(dir);
  const record: QueuedRecord = {
    v: 1,
    id: run.id,
    step: run.step,
    argv: run.argv,
    cwd: '/here',
    createdAt: run.createdAt - 5,
    policy: run.policy,
    owner: { user: 'submitter' },
    queue: { name: 'gpu', folder: join(dir, 'queues', 'gpu'), priority: 0 },
    asked: {},
    umask: 0o077,
    env: deflateSync('{}').toString('base64'),
    ...patch,
  };
  addQueued(dir, record);
  return record;
}

/** A run that the worker has begun. */
export async function begunOn(
  stage: Stage,
  step: string,
  input: Readonly<Record<string, unknown>>,
): Promise<RunRecord> {
  const worker = join(stage.folder, 'worker');
  mkdirSync(worker, { recursive: true });
  const { id = '' } = await stage.askOne('start', { step, dir: workerDir(stage), ...input });
  const run = presentIn(readRunRecord(workerDir(stage), id));
  if (run === undefined) throw new Error(`${step} was not begun`);
  return run;
}

/** The directory of runs of the worker. */
export function workerDir(stage: Stage): string {
  return join(stage.folder, 'worker', '.pm');
}

/** Every file of a run and of its step, with its bytes, but for what monitors note for themselves. */
export function bytesOf(dir: string, { id, step }: Pick<RunRecord, 'id' | 'step'>): Record<string, string> {
  const { folder, ended } = runPaths(dir, id);
  const files = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => !/^(trace|attention|events|notify)/.test(name))
    .map((name) => join(folder, name));
  const flat = ['heartbeat', 'status', 'log', 'result', 'pid'].map((kind) => join(dir, `${step}.${kind}`));
  const claims = readdirSync(join(dir, 'steps', step)).map((n) => join(dir, 'steps', step, n));
  const found: Record<string, string> = {};
  for (const file of [...files, ...flat, ...claims, ended].sort()) {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat?.isFile() === true) found[file.slice(dir.length)] = readFileSync(file, 'latin1');
  }
  return found;
}
