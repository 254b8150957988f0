import { rmSync } from 'node:fs';
import {
  decodeEnding,
  encodeDeadline,
  encodeIdentity,
  encodeJson,
  type LogChunk,
  type OutcomeRecord,
  type QueuedRecord,
  type Report,
  type RunRecord,
  readyPath,
  runPaths,
} from '@pm/protocol';
import {
  createRecord,
  keepReport,
  namesIn,
  presentIn,
  readOutcome,
  readQueued,
  readReport,
  readRunRecord,
} from '@pm/protocol/fs';
import { endUnbegun } from '../queued/never-begun.ts';
import { announced } from './announced.ts';
import { applyLog, foldLogs } from './apply-log.ts';
import { applyLoss } from './apply-loss.ts';
import { type Applied, beginMirror } from './begin-mirror.ts';
import { put, putInPlace, setTime } from './put-record.ts';

/** What comes with a report, or is known of its way here. */
export interface ReportArrival {
  /** How old the report is, ms, if the caller knows it by one clock. Else it is judged by the clocks of both hosts, roughly. */
  readonly ageMs?: number;
  /** Pieces of the log that came with it. They are written before its outcome is announced, and only after its first report a run has a log. */
  readonly chunks?: readonly LogChunk[];
  /** Called when the step was claimed for the run, and before its outcome: for what belongs to a start, such as who is told. Perhaps repeatedly. */
  readonly begun?: (run: RunRecord) => void;
}

/** Clocks of machines that are looked after are closer together than this. */
const CLOCK_MS = 60_000;

// Why: contributing/decisions/2026-11-29-a-mirror-of-a-run-elsewhere.md
/**
 * Writes the records of a run elsewhere as its worker reports them. The first report makes a run of the queued record. Reports may come in any order,
 * repeatedly, and from several processes at once, each of which may die at any instant: the records are those of the newest report.
 * @param dir the directory of runs of the submitter
 * @param queued which entry it is: its step and run id
 */
export async function applyReport(
  dir: string,
  { id, step }: Pick<QueuedRecord, 'id' | 'step'>,
  report: Report,
  options: ReportArrival = {},
): Promise<Applied> {
  if (report.id !== id) return { kind: 'gone' };
  if (report.run === undefined) return applyRefusal(dir, step, report);
  const begun = await beginMirror(dir, step, id, { worker: report.worker, run: report.run });
  if (begun.kind !== 'begun') return begun;
  const { run } = begun;
  options.begun?.(run);
  try {
    for (const chunk of options.chunks ?? []) applyLog(dir, id, chunk);
    keepReport(dir, report, Date.now() - (options.ageMs ?? roughAgeMs(report)));
    const newest = writeNewest(dir, run) ?? report;
    const here = foldLogs(dir, id);
    return { kind: 'applied', run, outcome: concluded(dir, run, newest), here };
  } catch (error) {
    if (presentIn(readRunRecord(dir, id)) === undefined) return { kind: 'gone' };
    throw error;
  }
}

function roughAgeMs({ at }: Report): number {
  const ageMs = Date.now() - at;
  return ageMs > CLOCK_MS ? ageMs : 0;
}

/** Writes what follows from the newest report. If a newer one comes meanwhile, that is written: so the last who writes has written the newest. */
function writeNewest(dir: string, run: RunRecord): Report | undefined {
  for (let written: Report | undefined; ; ) {
    const newest = readReport(dir, run.id)?.report;
    if (newest === undefined || newest.seq === written?.seq) return written;
    writeRecords(dir, run, newest);
    written = newest;
  }
}

/** All that is written depends on this one report. What it does not name is removed: a report before it may have named it. */
function writeRecords(dir: string, { id, policy }: RunRecord, report: Report): void {
  const paths = runPaths(dir, id);
  const { wrapper, command, beat, limitMs, progress, attempt = 1, ready, unready, ending, result, begunAt } = report;
  put(paths.wrapper, wrapper && encodeIdentity(wrapper));
  put(paths.command, command && encodeIdentity(command));
  if (begunAt !== undefined) for (const path of [paths.wrapper, paths.command]) setTime(path, begunAt);
  putInPlace(paths.heartbeat, `${beat?.n ?? 0}\n`);
  put(paths.deadline, encodeDeadline(limitMs === undefined ? policy.timeoutMs : limitMs));
  put(paths.progress, progress && `${progress}\n`);
  put(paths.attempt, attempt > 1 ? `v1 ${attempt}\n` : undefined);
  const readyNow = readyPath(dir, id, attempt);
  for (const name of namesIn(paths.folder))
    if (/^ready(\.\d+)?$/.test(name) && `${paths.folder}/${name}` !== readyNow)
      rmSync(`${paths.folder}/${name}`, { force: true });
  put(readyNow, ready && encodeJson(ready));
  put(paths.unready, unready && encodeJson(unready));
  put(paths.result, result);
  // The worker knows what came first: an order from here, or the end of the command. Before the outcome it may be the end of a turn that was lost.
  if (ending !== undefined && report.outcome !== undefined && decodeEnding(`${ending}\n`).kind === 'present')
    put(paths.ending, `${ending}\n`);
}

/** Records how it ended, once. An outcome that is there stays. */
function concluded(dir: string, run: RunRecord, report: Report): OutcomeRecord | undefined {
  if (report.outcome !== undefined) {
    const { outcome, reserve } = runPaths(dir, run.id);
    createRecord(outcome, encodeJson(outcomeHere(run, report, report.outcome)), true, reserve);
  }
  return announced(dir, run);
}

function outcomeHere({ id, step }: RunRecord, { worker, result }: Report, outcome: OutcomeRecord): OutcomeRecord {
  const evidence = `${outcome.evidence}; reported by ${worker.name}`;
  return { ...outcome, id, step, evidence, ...(result !== undefined && parsed(result)) };
}

function parsed(text: string): Pick<OutcomeRecord, 'result' | 'resultError'> {
  try {
    const result: unknown = JSON.parse(text);
    JSON.stringify(result); // nested too deeply it parses, but could never be written into an outcome
    return { result };
  } catch {
    return { resultError: 'result unreadable: not JSON, or nested too deeply' };
  }
}

/** It never began on its worker. It becomes a run that never began here, either. */
async function applyRefusal(dir: string, step: string, { id, worker, refused }: Report): Promise<Applied> {
  const known = presentIn(readRunRecord(dir, id));
  const queued = presentIn(readQueued(dir, step));
  if (known?.mirror !== undefined) {
    // It had begun in an earlier turn, whose worker was lost, and it may run again: now nobody will.
    const evidence = `its worker was lost, and ${worker.name} has refused it: ${refused?.message}`;
    return applyLoss(dir, known, { worker, reason: 'lease-lost', evidence, at: Date.now() });
  }
  if (known !== undefined && queued?.id !== id) return { kind: 'here', run: known };
  if (queued?.id !== id) return { kind: 'gone' };
  const run = await endUnbegun(dir, queued, {
    by: worker.name,
    evidence: `on ${worker.name}: ${(refused?.message ?? 'it was refused').replace(/\.$/, '')}`,
    reason: refused?.kind === 'preflight-failed' ? 'preflight-failed' : 'refused',
  });
  const outcome = run && presentIn(readOutcome(dir, run.id));
  return run === undefined ? { kind: 'later' } : { kind: 'applied', run, outcome, here: { log: 0, errors: 0 } };
}
