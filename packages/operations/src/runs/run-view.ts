import { begunAtMs, judgeOnce, type Look, type Snapshot, type Verdict } from '@pm/monitor';
import { isAlive, isSamePidScope } from '@pm/process';
import { PmError, type RunRecord, runPaths } from '@pm/protocol';
import { presentIn, readRecord } from '@pm/protocol/fs';
import type { RunView } from '../shape/answer.ts';
import { plainText } from '../shape/plain-text.ts';
import { sizeOf, viewOfOutcome } from './outcome-view.ts';

// For runs that are looked at together; from here, so that it is loaded with the judging and not before.
export { takeSnapshot } from '@pm/monitor';

/**
 * A run as it stands now: one look, no waiting, no kill. What has ended is concluded on the way, whoever should have done it.
 * @param by who looks, for the events of the run
 * @param snapshot shared by runs that are looked at together: to scan the machine for each of a hundred takes seconds
 */
export function viewNow(dir: string, run: RunRecord, by: string, snapshot?: Snapshot): RunView {
  const judged = judgeOnce(dir, run, by, snapshot);
  switch (judged.kind) {
    case 'ended':
      return viewOfOutcome(dir, run, judged.outcome);
    case 'vanished':
      return goneView(dir, run);
    case 'live':
      return viewOfLook(dir, run, judged.look, judged.verdict);
    case 'unreadable': {
      const evidence = `it has ended, but its outcome cannot be read (${judged.why})`;
      return { ...viewOfLook(dir, run, judged.look, judged.verdict), state: 'malformed', evidence };
    }
    case 'unwritable': {
      const evidence = `it has ended, but its outcome cannot be written yet (${judged.why})`;
      return { ...viewOfLook(dir, run, judged.look, judged.verdict), evidence };
    }
  }
}

/** Its claim is there, its folder is not: nothing can be known, and no place is left to write a verdict to. */
function goneView(dir: string, run: RunRecord): RunView {
  const evidence =
    'somebody deleted its records; its command may still be running, and nobody holds its limit any more';
  const { step, id, argv, cwd, createdAt } = run;
  const logFile = runPaths(dir, id).log;
  return { step, id, state: 'malformed', evidence, command: argv, cwd, startedAt: createdAt, elapsedMs: 0, logFile };
}

export function viewOfLook(dir: string, run: RunRecord, { observation, disk }: Look, verdict: Verdict): RunView {
  const { log, progress } = runPaths(dir, run.id);
  const said = progressOf(progress);
  const { elapsedMs, limitMs, quietMs, attempt } = observation;
  const { command } = disk;
  return {
    step: run.step,
    id: run.id,
    state: verdict.verdict === 'waiting' ? verdict.state : verdict.verdict === 'order' ? 'running' : 'stopping',
    evidence: 'evidence' in verdict ? verdict.evidence : verdict.verdict,
    command: run.argv,
    cwd: run.cwd,
    // Between two attempts the pid is nobody's.
    ...(command.kind === 'present' && attempt?.failed === undefined && { pid: command.value.pid }),
    startedAt: Math.round(begunAtMs(dir, run, disk)),
    elapsedMs: Math.round(elapsedMs),
    limitMs,
    ...(run.policy.hardTimeoutMs !== undefined && { hardLimitMs: run.policy.hardTimeoutMs }),
    ...(limitMs !== null && { untilAt: Date.now() + Math.round(limitMs - elapsedMs) }),
    ...(quietMs > 0 && { quietMs: Math.round(quietMs) }),
    ...(attempt !== undefined && { attempt: attempt.n, attemptLimit: attempt.of }),
    ...(attempt?.failed !== undefined && { attemptExitCode: attempt.failed }),
    ...(said !== '' && { progress: said }),
    logFile: log,
    logBytes: sizeOf(log),
  };
}

/** The last line the job wrote to `$PM_PROGRESS`, at most 120 characters. A job may write what it likes: what is no file of ours says nothing. */
function progressOf(file: string): string {
  const said = presentIn(readRecord(file, (value) => ({ kind: 'present', value, atMs: 0 }), 65_536)) ?? '';
  return plainText(said, { carriageReturn: 'overwrite' }).trim().split('\n').at(-1)?.slice(0, 120) ?? '';
}

/** Somebody deleted the folder of a run that may still live: no record is left to judge it by, or to end it with. */
export function recordsGone(where: string, { step, id }: RunRecord): PmError {
  return new PmError(
    'records-gone',
    `The records of ${step} were deleted while it ran; its command may still be running.`,
    `It can be told by PM_RUN_ID=${id} in its environment. ${where} was its place.`,
  );
}

/** A view that names, of what survived its run, only what is alive today; of a run in another boot or pid namespace only the record can tell. */
export function withLivingSurvivors({ host }: RunRecord, view: RunView): RunView {
  const { survivors, ...rest } = view;
  if (survivors === undefined || !isSamePidScope(host)) return view;
  const living = survivors.filter(isAlive);
  return living.length === 0 ? rest : { ...rest, survivors: living };
}
