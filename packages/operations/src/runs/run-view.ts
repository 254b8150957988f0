import { existsSync } from 'node:fs';
import {
  begunAtMs,
  conclude,
  decide,
  isPassing,
  type Look,
  newTick,
  observe,
  type Tick,
  type Verdict,
} from '@pm/monitor';
import { thisWorld } from '@pm/process';
import { type OutcomeRecord, type RunRecord, runPaths } from '@pm/protocol';
import { presentIn, readOutcome, readRecord } from '@pm/protocol/fs';
import type { RunView } from '../shape/answer.ts';
import { plainText } from './log-tail.ts';
import { sizeOf, viewOfOutcome } from './outcome-view.ts';

/**
 * A run as it stands now: one look, no waiting, no kill. What has ended is concluded on the way, whoever should have done it.
 * @param by who looks, for the events of the run
 * @param tick shared by runs that are looked at together: to scan the machine for each of a hundred takes seconds
 */
export function viewNow(dir: string, run: RunRecord, by: string, tick?: Tick): RunView {
  const reading = readOutcome(dir, run.id);
  if (reading.kind === 'present') {
    if (!existsSync(runPaths(dir, run.id).ended)) concludeNow(dir, run, { by });
    return viewOfOutcome(dir, run, reading.value);
  }
  if (!existsSync(runPaths(dir, run.id).folder)) return goneView(dir, run);
  let seen = lookNow(dir, run, tick ?? tickNow());
  // What is concluded stays: never by a clock or a scan that is older than what the records say.
  if (tick !== undefined && isConclusive(seen.verdict)) seen = lookNow(dir, run, tickNow());
  const { look, verdict } = seen;
  if (verdict.verdict !== 'ended' && verdict.verdict !== 'lost') return viewOfLook(dir, run, look, verdict);
  if (reading.kind !== 'absent') {
    const why = reading.kind === 'newer' ? 'a newer pm wrote it' : reading.why;
    const evidence = `it has ended, but its outcome cannot be read (${why})`;
    return { ...viewOfLook(dir, run, look, verdict), state: 'malformed', evidence };
  }
  const lost = verdict.verdict === 'lost' ? { lost: verdict } : {};
  const concluded = concludeNow(dir, run, { tree: look.tree, by, ...lost });
  if (typeof concluded !== 'string') return viewOfOutcome(dir, run, concluded);
  const evidence = `it has ended, but its outcome cannot be written yet (${concluded})`;
  return { ...viewOfLook(dir, run, look, verdict), evidence };
}

/** The outcome, or the code of what keeps it from being written now. */
function concludeNow(...args: Parameters<typeof conclude>): OutcomeRecord | string {
  try {
    return conclude(...args);
  } catch (error) {
    if (!isPassing(error)) throw error;
    return String((error as NodeJS.ErrnoException).code);
  }
}

function lookNow(dir: string, run: RunRecord, tick: Tick): { readonly look: Look; readonly verdict: Verdict } {
  const look = observe(dir, run, tick, undefined, 0);
  return { look, verdict: decide(look.observation, run.policy) };
}

function isConclusive({ verdict }: Verdict): boolean {
  return verdict === 'ended' || verdict === 'lost';
}

/** For looks at several runs at once. */
export function tickNow(): Tick {
  return newTick(thisWorld());
}

/** Its claim is there, its folder is not: nothing can be known, and no place is left to write a verdict to. */
function goneView(dir: string, run: RunRecord): RunView {
  const evidence =
    'somebody deleted its records; its command may still be running, and nobody holds its limit any more';
  const { step, id, argv, cwd, createdAt } = run;
  const logFile = runPaths(dir, id).log;
  return { step, id, state: 'malformed', evidence, command: argv, cwd, startedAt: createdAt, elapsedMs: 0, logFile };
}

/** Something is still to be expected of it. */
export function goesOn({ state }: RunView): boolean {
  return state !== 'ended' && state !== 'malformed';
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
    startedAt: Math.round(begunAtMs(run, disk)),
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
  return plainText(said).trim().split('\n').at(-1)?.slice(0, 120) ?? '';
}
