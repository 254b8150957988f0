import { statSync } from 'node:fs';
import { growTree, lifeOf, membersOf, removeCgroup, type Survivor, scan, type Tree, thisWorld } from '@pm/process';
import {
  decodeStatus,
  decodeTruncated,
  encodeEnding,
  encodeJson,
  type OutcomeRecord,
  PmError,
  type RunRecord,
  runPaths,
  stepPaths,
} from '@pm/protocol';
import {
  createRecord,
  linkOnce,
  presentIn,
  readClaim,
  readOutcome,
  readRecord,
  readRun,
  replaceRecord,
} from '@pm/protocol/fs';
import type { LostReason } from './decide.ts';
import { noteEvent } from './events.ts';
import { isHere } from './here.ts';
import { exitCodeOn, queryOf } from './observe.ts';
import { adviceOf, type Derived, lostOutcome, outcomeOf } from './outcome-of.ts';

export interface Conclusion {
  /** Why there will be no ending; otherwise the ending on disk decides. */
  readonly lost?: { readonly reason: LostReason; readonly evidence: string };
  /** The run's tree as it was last seen, to name what it left running. */
  readonly tree?: Tree | undefined;
  readonly by: string;
}

/**
 * Writes the terminal record of a run whose end is certain, once and for all, and finishes what the wrapper may have left undone.
 * Idempotent: whoever comes second gets the first one's record.
 * @throws PmError `not-supported` if a newer version wrote the run's records
 */
export function conclude(dir: string, run: RunRecord, { lost, tree, by }: Conclusion): OutcomeRecord {
  const paths = runPaths(dir, run.id);
  const known = presentIn(readOutcome(dir, run.id));
  if (known !== undefined) return known;
  const first = readRun(dir, run.id);
  if (first.exit.kind === 'present' && first.ending.kind === 'absent') linkOnce(paths.exit, paths.ending);
  const { command, exit, ending } = readRun(dir, run.id);
  const cause = presentIn(ending);
  const derived: Derived =
    cause !== undefined
      ? outcomeOf(cause, exitCodeOn(exit))
      : lostOutcome(lost?.reason ?? 'wrapper-gone', lost?.evidence ?? 'its ending cannot be read');
  const startedAt = command.kind === 'present' ? command.atMs : run.createdAt;
  const endedAt = exit.kind === 'present' ? exit.atMs : ending.kind === 'present' ? ending.atMs : Date.now();
  const record: OutcomeRecord = {
    v: 1,
    id: run.id,
    step: run.step,
    ...derived,
    advice: adviceOf(derived.outcome, derived.reason),
    startedAt: Math.round(startedAt),
    endedAt: Math.round(endedAt),
    elapsedMs: Math.max(0, Math.round(endedAt - startedAt)),
    survivors: survivorsOf(run, presentIn(command), tree),
    ...resultOf(paths.result),
    logBytes: statSync(paths.log, { throwIfNoEntry: false })?.size ?? 0,
    ...truncationOf(paths.truncated),
  };
  createRecord(paths.outcome, encodeJson(record), true);
  const decided = presentIn(readOutcome(dir, run.id));
  if (decided === undefined) {
    throw new PmError(
      'not-supported',
      `The outcome of ${run.step} is on record, but not readable by this version.`,
      'Use the newer pm that wrote it.',
    );
  }
  noteEvent(dir, run.id, by, 'ended', { outcome: decided.outcome, reason: decided.reason });
  project(dir, run, decided, cause === undefined ? paths.outcome : paths.ending);
  if (run.cgroup !== undefined) removeCgroup(run.cgroup);
  return decided;
}

/** On a natural end nothing is killed, because daemonising is legitimate; what is left running is named. */
function survivorsOf(
  run: RunRecord,
  root: { pid: number; startTime: string } | undefined,
  tree: Tree | undefined,
): Survivor[] {
  if (root === undefined || !isHere(run, thisWorld())) return [];
  const table = scan();
  return membersOf(growTree(queryOf(run, root), tree, table)).map(({ pid, startTime }) => ({
    pid,
    startTime,
    command: table.get(pid)?.command ?? '',
  }));
}

function resultOf(file: string): { result?: unknown; resultError?: string } {
  const reading = readRecord(file, (text) => {
    try {
      return { kind: 'present', value: JSON.parse(text) as unknown };
    } catch {
      return { kind: 'malformed', why: text === '' ? 'empty' : 'not JSON' };
    }
  });
  if (reading.kind === 'present') return { result: reading.value };
  return reading.kind === 'malformed' ? { resultError: `result unreadable: ${reading.why}` } : {};
}

function truncationOf(file: string): { logTruncated?: string } {
  const cut = presentIn(readRecord(file, decodeTruncated));
  if (cut === undefined) return {};
  if (cut.by === 'job')
    return { logTruncated: `log-truncated-by-job: it reopened its own output and lost at least ${cut.bytes} bytes` };
  return { logTruncated: `over its cap: bytes ${cut.from} to ${cut.to} were given up` };
}

/** The flat names of the newest run, if its wrapper could not write them: result first, then status, as the seed's readers expect. */
function project(dir: string, run: RunRecord, record: OutcomeRecord, announced: string): void {
  const own = runPaths(dir, run.id);
  linkOnce(announced, own.ended);
  const { wrapper } = readRun(dir, run.id);
  const recorder = presentIn(wrapper);
  if (recorder !== undefined && ['running', 'stopped'].includes(lifeOf(recorder))) return; // it does so itself, right now
  const isNewest = (): boolean => presentIn(readClaim(dir, run.step)?.run ?? { kind: 'absent' })?.id === run.id;
  if (!isNewest()) return;
  const flat = stepPaths(dir, run.step);
  if (readRecord(own.status, decodeStatus).kind !== 'present') {
    replaceRecord(own.status, record.outcome === 'success' ? 'SUCCESS\n' : 'FAILED\n');
  }
  if (record.outcome === 'success') {
    if (record.result !== undefined) linkOnce(own.result, flat.result);
    else createRecord(flat.result, '{}\n');
  }
  linkOnce(own.status, flat.status);
}

/** Links an ending with this cause, unless another cause came first. */
export function order(
  dir: string,
  runId: string,
  cause: 'timeout' | 'hung' | 'cancelled',
  by: string,
  evidence: string,
): boolean {
  const first = createRecord(runPaths(dir, runId).ending, encodeEnding({ cause, by, evidence }));
  if (first) noteEvent(dir, runId, by, `ordered-${cause}`, { evidence });
  return first;
}
