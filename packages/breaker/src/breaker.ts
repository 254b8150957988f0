import { isStepName, type Outcome, PmError } from '@pm/protocol';
import { type FingerprintInput, fingerprint } from './fingerprint/fingerprint.ts';
import type { GitReader } from './fingerprint/git-tree.ts';
import { type BreakerReading, breakerReader } from './log/breaker-reader.ts';
import { breakerWriter } from './log/breaker-writer.ts';
import { type BreakerSnapshot, type SnapshotOptions, snapshotOf } from './snapshot.ts';
import type { Decision } from './state/decide.ts';
import type { History } from './state/events.ts';
import { DEFAULT_RULE, type Rule } from './state/rule.ts';
import { signatureOf } from './state/signature.ts';
import type { Situation } from './state/situation.ts';
import { type BreakerState, countFailures } from './state/state.ts';

/** Where a breaker keeps its records, and when it opens. */
export interface BreakerOptions {
  /** The folder of all breakers. Each breaker has a subfolder, which is created with its first record. */
  readonly folder: string;
  /** `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`. Breakers of the same folder and name are one. */
  readonly name: string;
  /** What is not given is taken from `{ after: 3, coolDownMs: 600_000 }`. */
  readonly rule?: Partial<Rule>;
  /** Who is using the breaker, as text for its records. Default: the process id. */
  readonly by?: string;
  /** Returns the runs that are recorded elsewhere. It is called at each read, so their outcomes need no `record`. */
  readonly history?: () => History;
  /** Runs git. `gitOnce()` for several breakers that are only looked at: the same work tree is then read once. */
  readonly git?: GitReader | undefined;
}

/** The work that wants to begin. */
export interface WorkRequest extends FingerprintInput {
  /** The step of the run that wants to begin, and the number of its newest claim. Absent for the work of a script. */
  readonly run?: { readonly source: string; readonly after: number };
  /** How many failures in a row it may be by itself, if it is started again when it fails. Default: 1. */
  readonly times?: number;
  /** For the work of a script: when its trial counts as over even if nothing was recorded, ms. Default: 600 000. */
  readonly trialMs?: number;
}

/** Whether the work may begin, and the breaker as it was then. */
export type BreakerDecision = { readonly snapshot: BreakerSnapshot } & Decision;

/** A breaker shared by every process that uses the same folder. Its methods throw the errors of the file system. */
export interface Breaker {
  /** Reads the breaker and changes nothing. */
  snapshot(): BreakerSnapshot;
  /** Decides whether work may begin. At most one `trial` is granted at a time; it ends with its run, or with the next `record`. */
  ask(work: WorkRequest): Promise<BreakerDecision>;
  /** What `ask` would decide now. Looks at the situation, and records nothing. */
  foresee(work: WorkRequest): Promise<BreakerDecision>;
  /** Records how the work of a script ended. */
  record(outcome: Outcome, details: EndingDetails): Promise<RecordedEnding>;
  /** If the breaker is open, records that. Call it before runs of its history are deleted. */
  note(): BreakerSnapshot;
  /** Opens it. */
  trip(reason?: string): BreakerSnapshot;
  /** Closes it, and ends a hold. */
  reset(reason?: string): BreakerSnapshot;
  /**
   * Refuses everything, whatever the outcomes are.
   * @param forMs for how long; null: until a reset
   */
  hold(forMs: number | null, reason: string): BreakerSnapshot;
}

/** What `record` did. */
export interface RecordedEnding {
  readonly snapshot: BreakerSnapshot;
  /** The id of this ending among the failures: `record 17`. */
  readonly id: string;
  /** This ending opened the breaker. If many processes record at once, exactly one gets true. */
  readonly tripped: boolean;
}

/** The work that ended. */
export interface EndingDetails extends FingerprintInput {
  /** The error, as text. What differs from one failure to the next (times, pids, hashes) is removed. */
  readonly signature?: string | undefined;
}

/** How long a run may take from the grant of its trial to its claim. A healthy machine needs milliseconds, a swapping one seconds. */
const BEGIN_MS = 30_000;
const SCRIPT_TRIAL_MS = 600_000;

// Why: contributing/decisions/2026-11-24-when-a-breaker-looks.md
/**
 * Opens a breaker. Nothing is read or written until one of its methods is called.
 * @throws PmError `usage` if the name is not valid
 */
export function openBreaker(options: BreakerOptions): Breaker {
  const { folder, name, history = () => NOTHING } = options;
  const by = (options.by ?? `process ${process.pid}`).slice(0, 200);
  if (!isStepName(name)) throw badName(name);
  const rule: Rule = { ...DEFAULT_RULE, ...options.rule };
  const [logFolder, holdFolder] = [`${folder}/${name}/log`, `${folder}/${name}/holds`];
  const read = breakerReader(logFolder, holdFolder, rule, history);
  const write = breakerWriter(logFolder, holdFolder, by);
  const snapshot = (reading = read(), seen?: SnapshotOptions): BreakerSnapshot => snapshotOf(name, rule, reading, seen);
  return { snapshot: () => snapshot(), ask, foresee, record, note, trip, reset, hold };

  async function ask(work: WorkRequest): Promise<BreakerDecision> {
    let situation: Situation | undefined;
    for (;;) {
      const reading = read();
      const { state } = reading;
      const seen = snapshot(reading, { situation, source: work.run?.source });
      const { decision } = seen;
      if (decision.kind === 'allowed') {
        await noteSituation(reading, work);
        return { ...decision, snapshot: seen };
      }
      if (decision.kind === 'refused' && decision.why !== 'open') return { ...decision, snapshot: seen };
      if (!write.noteTrip(reading)) continue;
      if (situation === undefined) {
        situation = await situationOf(work, windowsOf(state));
        continue; // that took a while, and others may have written records since
      }
      if (decision.kind === 'refused') return { ...decision, snapshot: seen };
      const forMs = work.run === undefined ? (work.trialMs ?? SCRIPT_TRIAL_MS) : BEGIN_MS;
      if (write.trial(reading, situation, work.run, forMs)) return { ...decision, snapshot: snapshot() };
    }
  }

  async function foresee(work: WorkRequest): Promise<BreakerDecision> {
    const reading = read();
    const source = work.run?.source;
    let seen = snapshot(reading, { source });
    if (seen.decision.kind === 'refused' && seen.decision.why === 'open') {
      seen = snapshot(reading, { source, situation: await situationOf(work, windowsOf(reading.state)) });
    }
    return { ...seen.decision, snapshot: seen };
  }

  async function record(outcome: Outcome, { signature, ...work }: EndingDetails): Promise<RecordedEnding> {
    const before = read();
    const { state } = before;
    const opens =
      state.opened === undefined ? countFailures(state.failures) + 1 >= rule.after : state.trial !== undefined;
    const isFailure = outcome !== 'success' && outcome !== 'cancelled';
    const n = write.ending(before, {
      outcome,
      ...(signature !== undefined && { signature: signatureOf(signature) ?? signature.slice(0, 120) }),
      // Taken after the failure, so that what the work itself has written is not taken for a change.
      ...(isFailure && opens && { situation: await situationOf(work) }),
    });
    const tripped = isFailure && read((record) => record.n <= n).state.opened?.by === `record ${n}`;
    let reading = read();
    if (tripped) {
      // Other processes recorded between our read and our record, so the situation was not taken before.
      const situation = opens ? undefined : await situationOf(work);
      while (!write.noteTrip(reading, situation)) reading = read(); // until it is noted, every reader has to read all that led to it
    }
    write.shorten(reading);
    return { snapshot: snapshot(reading), id: `record ${n}`, tripped };
  }

  function note(): BreakerSnapshot {
    let reading = read();
    while (!write.noteTrip(reading)) reading = read();
    return snapshot(reading);
  }

  function trip(reason?: string): BreakerSnapshot {
    write.trip(read(), reason);
    return snapshot();
  }

  function reset(reason?: string): BreakerSnapshot {
    write.reset(read(), reason);
    return snapshot();
  }

  function hold(forMs: number | null, reason: string): BreakerSnapshot {
    write.hold(forMs, reason);
    return snapshot();
  }

  /**
   * Records the situation before a run that would open the breaker if it failed, and before the run before that. A later start is
   * compared with it, so that an edit made between the end of that run and the later start counts as a change. The two are compared to
   * tell whether somebody works on the failure.
   */
  async function noteSituation(reading: BreakerReading, { run, times = 1, ...work }: WorkRequest): Promise<void> {
    const { state } = reading;
    const failed = countFailures(state.failures);
    if (run === undefined || state.opened !== undefined) return;
    if (failed + times < rule.after && (failed === 0 || failed + times + 1 < rule.after)) return;
    write.situation(reading, run, await situationOf(work, windowsOf(state)));
  }

  function situationOf(work: FingerprintInput, failures?: Parameters<typeof fingerprint>[1]): Promise<Situation> {
    return fingerprint(work, failures, folder, options.git);
  }
}

const NOTHING: History = { runs: [], positions: {} };

function windowsOf({ failures }: BreakerState): { fromMs: number; toMs: number }[] {
  return failures.flatMap(({ beganMs, at }) => (beganMs === undefined ? [] : [{ fromMs: beganMs, toMs: at.atMs }]));
}

function badName(name: string): PmError {
  return new PmError(
    'usage',
    `${JSON.stringify(name.slice(0, 80))} is not a valid name of a breaker.`,
    'Use 1 to 64 letters, digits, dots, dashes or underscores, starting with a letter or a digit.',
  );
}
