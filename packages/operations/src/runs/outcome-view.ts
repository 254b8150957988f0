import { isAlive, isSamePidScope } from '@pm/process';
import { type OutcomeRecord, type RunRecord, runPaths } from '@pm/protocol';
import { statOf } from '@pm/protocol/fs';
import type { RunView } from '../shape/answer.ts';
import { isLive } from '../shape/is-live.ts';
import { lastLines, logTail } from './log-tail.ts';

/** How many of its last lines are shown of a run that needs a decision. */
const LAST_LINES = 5;

/**
 * The view of a run that has an outcome. It is apart from the judging, which a list of ended runs does not load.
 * @param look `listed`: it is one of many, so less of its log is looked at
 */
export function viewOfOutcome(
  dir: string,
  run: RunRecord,
  record: OutcomeRecord,
  look: 'one' | 'listed' = 'one',
): RunView {
  const { log } = runPaths(dir, run.id);
  const { errorsFile } = errorsOf(dir, run);
  const failure = record.outcome === 'success' ? undefined : logTail(errorsFile ?? log, look);
  const { text: tail = '', line, lines } = failure ?? {};
  return {
    step: run.step,
    id: run.id,
    state: 'ended',
    outcome: record.outcome,
    reason: record.reason,
    advice: record.advice,
    ...(record.exitCode !== undefined && { exitCode: record.exitCode }),
    ...(record.signal !== undefined && { signal: record.signal }),
    evidence: record.evidence,
    ...(run.policy.service === true && { service: true }),
    command: run.argv,
    cwd: run.cwd,
    ...(run.port !== undefined && { port: run.port }),
    startedAt: record.startedAt,
    endedAt: record.endedAt,
    elapsedMs: record.elapsedMs,
    ...(record.result !== undefined && { result: record.result }),
    ...(record.resultError !== undefined && { resultError: record.resultError }),
    ...(record.survivors.length > 0 && { survivors: record.survivors }),
    ...(record.suspects !== undefined && { suspects: record.suspects }),
    ...(tail !== '' && { tail }),
    ...(line !== undefined && { failureLine: line, logLines: lines }),
    ...(run.adopted === undefined && { logFile: log }),
    ...(errorsFile !== undefined && { errorsFile }),
    logBytes: record.logBytes,
    ...(record.attempts !== undefined && { attempts: record.attempts }),
    ...(record.logTruncated !== undefined && { logTruncated: record.logTruncated }),
  };
}

/** The view with only those survivors and suspects that are still alive. For a run of another boot or pid namespace, the record is all that is known. */
export function withLivingSurvivors({ host }: RunRecord, view: RunView): RunView {
  const { survivors = [], suspects = [], ...rest } = view;
  if ((survivors.length === 0 && suspects.length === 0) || !isSamePidScope(host)) return view;
  const [living, suspected] = [survivors.filter(isAlive), suspects.filter(isAlive)];
  return {
    ...rest,
    ...(living.length > 0 && { survivors: living }),
    ...(suspected.length > 0 && { suspects: suspected }),
  };
}

/** The separate stderr of a run, if it has written any: that is where an error stands. */
export function errorsOf(dir: string, { id, split }: RunRecord): { readonly errorsFile?: string } {
  const { errors } = runPaths(dir, id);
  return split === true && sizeOf(errors) > 0 ? { errorsFile: errors } : {};
}

/** The view of a live run with its last lines: whoever has to decide about it needs to know what it does. */
export function withLastLines(view: RunView): RunView {
  const { logFile, errorsFile = logFile } = view;
  const tail = errorsFile === undefined || !isLive(view) ? '' : lastLines(errorsFile, LAST_LINES);
  return tail === '' ? view : { ...view, tail };
}

/** The same, but only for a run that needs a decision, or still needs one that was asked for in an earlier answer. */
export function withLastLinesIfAttention(view: RunView): RunView {
  const { attention, state } = view;
  return attention === undefined && state !== 'quiet' && state !== 'suspended' ? view : withLastLines(view);
}

/** The size of a file in bytes; 0 if it does not exist. */
export function sizeOf(file: string): number {
  return statOf(file)?.size ?? 0;
}
