import { begunAtMs, judgeOnce, type Look, type Snapshot, type Verdict } from '@pm/monitor';
import { renderTerminal } from '@pm/output';
import { PmError, type RunRecord, runPaths } from '@pm/protocol';
import { presentIn, readReadiness, readRecord } from '@pm/protocol/fs';
import type { RunView } from '../shape/answer.ts';
import { errorsOf, sizeOf, viewOfOutcome } from './outcome-view.ts';

// For runs that are looked at together. Exported here, so that it is loaded together with the judging.
export { takeSnapshot } from '@pm/monitor';

/**
 * The present state of a run: one look, without waiting and without a kill. If the run has ended, its outcome is written now if it is
 * missing.
 * @param by who looks, for the events of the run
 * @param snapshot shared by runs that are looked at together: a scan of all processes for each of a hundred runs takes seconds
 * @param more adds to the view of a live run
 */
export function viewNow(
  dir: string,
  run: RunRecord,
  by: string,
  snapshot?: Snapshot,
  more: (view: RunView, look: Look) => RunView = (view) => view,
): RunView {
  const judged = judgeOnce(dir, run, by, snapshot);
  switch (judged.kind) {
    case 'ended':
      return viewOfOutcome(dir, run, judged.outcome);
    case 'vanished':
      return goneView(dir, run);
    case 'live':
      return more(viewOfLook(dir, run, judged.look, judged.verdict), judged.look);
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

/** Its claim exists, but its folder does not: nothing is known, and an outcome cannot be written. */
function goneView(dir: string, run: RunRecord): RunView {
  const evidence =
    'its records were deleted; if its command is still running, its wrapper enforces the limit, and pm recover finds it';
  const { step, id, argv, cwd, createdAt } = run;
  const logFile = runPaths(dir, id).log;
  return { step, id, state: 'malformed', evidence, command: argv, cwd, startedAt: createdAt, elapsedMs: 0, logFile };
}

/** The view of a run that is live, or whose outcome is not known, as one look has found it. */
export function viewOfLook(dir: string, run: RunRecord, { observation, disk }: Look, verdict: Verdict): RunView {
  const { log, progress } = runPaths(dir, run.id);
  const progressLine = progressOf(progress);
  const { elapsedMs, limitMs, quietMs, attempt } = observation;
  const { command } = disk;
  const startedAt = Math.round(begunAtMs(dir, run, disk));
  const isLater = command.kind === 'present' && attempt !== undefined && attempt.n > 1;
  const attemptBeganAt = isLater ? Math.round(command.atMs) : startedAt;
  return {
    step: run.step,
    id: run.id,
    state: verdict.verdict === 'waiting' ? verdict.state : verdict.verdict === 'order' ? 'running' : 'stopping',
    evidence: 'evidence' in verdict ? verdict.evidence : verdict.verdict,
    ...(run.policy.service === true && { service: true }),
    command: run.argv,
    cwd: run.cwd,
    // Between two attempts there is no process. Elsewhere its pid names a process of another host, and whoever kills it here would hit an innocent.
    ...(command.kind === 'present' &&
      attempt?.failed === undefined &&
      run.mirror === undefined && { pid: command.value.pid }),
    ...(run.port !== undefined && { port: run.port }),
    startedAt,
    elapsedMs: Math.round(elapsedMs),
    limitMs,
    ...(run.policy.hardTimeoutMs !== undefined && { hardLimitMs: run.policy.hardTimeoutMs }),
    ...(limitMs !== null && { untilAt: Date.now() + Math.round(limitMs - elapsedMs) }),
    ...(quietMs > 0 && { quietMs: Math.round(quietMs) }),
    ...(run.ready !== undefined && readinessFields(dir, run, attemptBeganAt)),
    ...(attempt !== undefined && { attempt: attempt.n }),
    ...(attempt?.of !== undefined && { attemptLimit: attempt.of }),
    ...(attempt?.failed !== undefined && { attemptExitCode: attempt.failed }),
    ...(progressLine !== '' && { progress: progressLine }),
    ...(run.adopted === undefined && { logFile: log }),
    ...errorsOf(dir, run),
    logBytes: sizeOf(log),
  };
}

/** The fields of a live run that has checks of its readiness. */
function readinessFields(
  dir: string,
  run: RunRecord,
  attemptBeganAt: number,
): Pick<RunView, 'ready' | 'readyEvidence' | 'readyMs'> {
  const { ready, evidence = 'it was not asked yet' } = readReadiness(dir, run);
  if (ready === undefined) return { ready: false, readyEvidence: evidence };
  return { ready: true, readyEvidence: ready.evidence, readyMs: Math.max(ready.at - attemptBeganAt, 0) };
}

/** The last line that the job wrote to `$PM_PROGRESS`, at most 120 characters. Empty if that is not a regular file. */
export function progressOf(file: string): string {
  const said = presentIn(readRecord(file, (value) => ({ kind: 'present', value, atMs: 0 }), 65_536)) ?? '';
  return renderTerminal(said).trim().split('\n').at(-1)?.slice(0, 120) ?? '';
}

/** The error for a run whose folder was deleted while it may still run: there is no record to judge or stop it by. */
export function recordsGone(where: string, { step, id }: RunRecord): PmError {
  return new PmError(
    'records-gone',
    `The records of ${step} were deleted while it ran; its command may still be running.`,
    `Its processes have PM_RUN_ID=${id} in their environment. Its records were in ${where}.`,
  );
}
