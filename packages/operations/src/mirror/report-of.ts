import { hostname } from 'node:os';
import { judgeOnce } from '@pm/monitor';
import { thisPidScope } from '@pm/process';
import { encodeEnding, type LogChunk, type Report } from '@pm/protocol';
import { presentIn, type RunOnDisk, readRun, readRunRecord } from '@pm/protocol/fs';
import type { LogsHere } from './apply-log.ts';
import { type Carried, carryLog, LOG_CAP, type LogCap } from './carry-log.ts';
import { endedState, liveState, WORDS } from './reported-state.ts';

/** Who reports. */
export interface Reporter {
  /** The name of the worker. */
  readonly name: string;
  readonly labels?: readonly string[];
  /** How often the entry was taken by a worker, this time included. Reports of a later turn count before those of an earlier one. */
  readonly turn?: number;
  /** How long the logs are that earlier turns have carried: this one goes on behind them. */
  readonly behind?: LogsHere;
  readonly cap?: LogCap;
  /** The newest order for another limit that was carried out or refused. */
  readonly limitOrder?: Report['limitOrder'];
  /** The id of the entry, if its run here has another one: it was lost here before. */
  readonly entry?: string;
  /** The number of the report that was sent last. The engine may have stored it without an answer, so the next one needs a higher number. */
  readonly lastSeq?: number;
}

/** A report, and what goes along with it. */
export interface Reported {
  readonly report: Report;
  /** What is new in the logs. `applyReport` takes them along, so that the log is whole when the outcome is announced. */
  readonly chunks: readonly LogChunk[];
  /** Something has changed since the report before, other than ages. */
  readonly isNews: boolean;
  /** It has the outcome, and all of the log that is carried. */
  readonly isLast: boolean;
}

/** The longest name of a worker, or kind of a refusal. */
const NAME = 256;

// Why: contributing/decisions/2026-11-29-a-mirror-of-a-run-elsewhere.md
/**
 * Makes the report about a local run, from its records and one look at it. If it has ended, its outcome is recorded first.
 * @param dir the directory of runs of the worker
 * @param since the report before of this turn; it holds how far the log was carried
 * @returns undefined if there is no such run, or its records were deleted
 */
export function reportOf(
  dir: string,
  runId: string,
  since: Report | undefined,
  reporter: Reporter,
): Reported | undefined {
  const { entry: id = runId, limitOrder } = reporter;
  const run = presentIn(readRunRecord(dir, runId));
  if (run === undefined) return undefined;
  const judged = judgeOnce(dir, run, `pm worker ${process.pid}`);
  if (judged.kind === 'vanished') return undefined;
  const disk = readRun(dir, runId);
  const outcome = judged.kind === 'ended' ? judged.outcome : undefined;
  const carry = (stream: 'log' | 'errors') =>
    carryLog(dir, run, stream, since?.[stream] ?? behind(reporter, stream), outcome !== undefined, {
      ...LOG_CAP,
      ...reporter.cap,
    });
  const log = carry('log');
  const errors = run.split === true ? carry('errors') : undefined;
  const report: Report = {
    ...heading(id, since, reporter),
    run: { ...run, id },
    ...identities(disk),
    ...(judged.kind === 'ended'
      ? endedState({ ...judged.outcome, id }, log.carried, reporter.name)
      : liveState(dir, run, judged)),
    log: log.carried,
    ...(limitOrder !== undefined && { limitOrder }),
    ...(errors !== undefined && { errors: errors.carried }),
  };
  const chunks = [...log.chunks, ...(errors?.chunks ?? [])];
  return { report, chunks, isNews: chunks.length > 0 || isNews(since, report), isLast: outcome !== undefined };
}

/** The report about an entry that was refused by a check or the breaker of this host, so that it never began. */
export function refusalReport(
  runId: string,
  since: Report | undefined,
  reporter: Reporter,
  { kind, message }: { readonly kind: string; readonly message: string },
): Report {
  const words = message.slice(0, WORDS);
  const refused = { kind: kind.slice(0, NAME), message: words };
  return { ...heading(runId, since, reporter), state: 'ended', evidence: words, elapsedMs: 0, refused };
}

function heading(
  id: string,
  since: Report | undefined,
  { name, labels, turn = 1, lastSeq = 0 }: Reporter,
): Pick<Report, 'v' | 'id' | 'seq' | 'at' | 'worker'> {
  const { bootId, pidNamespace } = thisPidScope();
  const worker = {
    name: name.slice(0, NAME),
    ...(labels !== undefined && { labels: [...labels] }),
    host: { name: hostname(), bootId, pidNamespace },
  };
  return { v: 1, id, seq: Math.max(since?.seq ?? 0, lastSeq, (turn - 1) * REPORTS) + 1, at: Date.now(), worker };
}

/** What a report says of the output before any of this turn was carried. */
export function logBefore(reporter: Reporter): Pick<Report, 'log' | 'errors'> {
  return { log: behind(reporter, 'log'), errors: behind(reporter, 'errors') };
}

/** The log of a run that another worker has begun before. */
function behind({ behind: before }: Reporter, stream: keyof LogsHere): Carried {
  const sent = before?.[stream] ?? 0;
  return { bytes: sent, sent, attempt: 1, base: sent, at: 0 };
}

/** The most reports of one turn. */
const REPORTS = 1_000_000_000;

function identities({ wrapper, command, heartbeat, ending }: RunOnDisk): Partial<Report> {
  return {
    ...(wrapper.kind === 'present' && { wrapper: wrapper.value }),
    ...(command.kind === 'present' && { command: command.value }),
    ...(heartbeat.kind === 'present' && { beat: { n: heartbeat.value, at: Math.round(heartbeat.atMs) } }),
    ...(ending.kind === 'present' && { ending: shortened(encodeEnding(ending.value).trim()) }),
  };
}

/** An order whose reason is long would not be read. */
function shortened(line: string): string {
  const [version, cause = ''] = line.split(' ', 2);
  return line.length <= WORDS ? line : `${version} ${cause}`;
}

/** Ages change at every look, and a beat comes every few seconds: that is news enough. */
function isNews(since: Report | undefined, now: Report): boolean {
  const essence = ({
    seq,
    at,
    elapsedMs,
    quietMs,
    evidence,
    troubles,
    unready,
    log,
    errors,
    ...rest
  }: Report): string =>
    JSON.stringify({
      ...rest,
      troubles: troubles?.map(({ attention }) => attention),
      unready: unready?.evidence,
    });
  return since === undefined || essence(since) !== essence(now);
}
