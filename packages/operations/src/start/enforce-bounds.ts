import { DEFAULT_POLICY, DEFAULTS } from '@pm/protocol';
import { exactDuration } from '@pm/protocol/text';
import { liveRunsWithin, startTimesWithin } from '../admit/runs-within-bounds.ts';
import { isService } from '../config/policy-of.ts';
import type { Context } from '../project/context.ts';
import { type StartRequest, waitsForTurn } from '../project/start-request.ts';
import { type Bounds, isWithinRoots, originOfBound } from '../project/within-roots.ts';
import type { Next, Refusal, RunView } from '../shape/answer.ts';

/** The start with its limits inside of the bounds, or the reason why it is refused. */
export type BoundsDecision =
  | { readonly kind: 'allowed'; readonly request: StartRequest }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly runs: RunView[]; readonly next: Next[] };

interface Question {
  /** The options of the call alone, without the configuration. */
  readonly asked: Pick<StartRequest, 'timeout' | 'hardTimeout' | 'logCap' | 'retries' | 'backoff' | 'restart' | 'dir'>;
  readonly dir: string;
  readonly cwd: string;
  readonly bounds: Bounds;
  readonly env: Context['env'];
}

const MINUTE_MS = 60_000;

/**
 * Holds a start to the bounds. What the call asks for beyond them is refused. What it leaves open is reduced to them, and no extension
 * can go further. A run that is put in line is not refused for the number of live runs: it waits until fewer are live. Runs are counted in
 * all directories of this user below the roots, so another `dir` is no way out. A step that is live is allowed: it will not be started
 * again.
 * @throws the fault of a configuration that cannot be read
 */
export function enforceBounds(request: StartRequest, question: Question): BoundsDecision {
  const { dir, bounds } = question;
  if (bounds.fault !== undefined) throw bounds.fault;
  const beyond = beyondIn(request, question);
  if (beyond !== undefined) return refused(beyond, bounds);

  const live = liveRunsWithin(dir, question.env, bounds);
  if (!live.some((run) => run.step === request.step && run.dir === undefined)) {
    if (live.length >= bounds.concurrentRuns && !waitsForTurn(request)) {
      const what = `${live.length} live ${live.length === 1 ? 'run' : 'runs'}`;
      const beyondCount: Beyond = [what, `${bounds.concurrentRuns} at a time`, 'concurrentRuns'];
      return { ...refused(beyondCount, bounds), next: [waitFor(live, question)] };
    }
    const starts = startTimesWithin(MINUTE_MS, dir, question.env, bounds);
    if (starts.length >= bounds.startsPerMinute) {
      const nextAt = (starts.at(-bounds.startsPerMinute) ?? 0) + MINUTE_MS;
      const what = `${starts.length} starts in the last minute`;
      return refused([what, `${bounds.startsPerMinute} a minute`, 'startsPerMinute'], bounds, nextAt);
    }
  }
  return { kind: 'allowed', request: { ...request, ...limitsWithin(request, bounds) } };
}

type Beyond = readonly [what: string, most: string, bound: Parameters<typeof originOfBound>[1]];

function refused([what, most, bound]: Beyond, bounds: Bounds, nextAt?: number) {
  const message = `${what}; allowed is ${most}, ${originOfBound(bounds, bound)}`;
  const refusal: Refusal = { kind: 'out-of-bounds', message, ...(nextAt !== undefined && { nextAt }) };
  return { kind: 'refused' as const, refusal, runs: [], next: [] };
}

/** The first option of the call that is beyond the bounds. */
function beyondIn(request: StartRequest, { asked, cwd, bounds }: Question): Beyond | undefined {
  const { timeoutMs, logCapBytes, startsPerMinute } = bounds;
  if (!isWithinRoots(cwd, bounds)) return [`cwd ${cwd}`, `below ${bounds.roots.join(', ')}`, 'roots'];
  for (const [name, value] of [
    ['timeout', asked.timeout],
    ['hardTimeout', asked.hardTimeout],
  ] as const)
    if (timeoutMs !== undefined && value !== undefined && (value ?? Infinity) > timeoutMs)
      return [
        `${name} ${value === null ? 'none' : exactDuration(value)}`,
        `${exactDuration(timeoutMs)} at most`,
        'timeout',
      ];
  const logs = logsOf(request);
  if (logCapBytes !== undefined && (asked.logCap ?? 0) * logs > logCapBytes)
    return [
      `logCap of ${asked.logCap} bytes${logs > 1 ? ` for each of ${logs} logs` : ''}`,
      `${logCapBytes} bytes at most`,
      'logCap',
    ];
  const restMs = Math.ceil(MINUTE_MS / startsPerMinute);
  const { retries = 0, restart } = request;
  // What a call with restart leaves open is raised to the bound.
  const { backoff = restart === undefined ? DEFAULTS.backoffMs : restMs } = request;
  if (
    (asked.retries ?? asked.backoff ?? asked.restart) !== undefined &&
    (retries > 0 || restart !== undefined) &&
    backoff < restMs
  )
    return [
      `backoff ${exactDuration(backoff)}`,
      `${exactDuration(restMs)} at least between two attempts`,
      'startsPerMinute',
    ];
  return undefined;
}

/** Each attempt has a log, or two with `--split`. Together they get the size of one log. */
function logsOf({ retries = 0, restart, split }: StartRequest): number {
  return ((restart === undefined ? retries : DEFAULTS.keptAttempts) + 1) * (split === true ? 2 : 1);
}

/** The bound becomes the hard limit of the run, so it holds for every later extension through any frontend. */
function limitsWithin(
  request: StartRequest,
  { timeoutMs, logCapBytes, startsPerMinute }: Bounds,
): Partial<StartRequest> {
  const {
    timeout = isService(request) ? null : DEFAULT_POLICY.timeoutMs,
    hardTimeout,
    logCap = DEFAULT_POLICY.logCapBytes,
  } = request;
  const { restart, backoff = DEFAULTS.restartBackoffMs } = request;
  return {
    ...(restart !== undefined && { backoff: Math.max(backoff, Math.ceil(MINUTE_MS / startsPerMinute)) }),
    ...(timeoutMs !== undefined && {
      timeout: Math.min(timeout ?? Infinity, timeoutMs),
      hardTimeout: Math.min(hardTimeout ?? Infinity, timeoutMs),
    }),
    ...(logCapBytes !== undefined && {
      logCap: Math.min(logCap, Math.max(1, Math.floor(logCapBytes / logsOf(request)))),
    }),
  };
}

/** The call that waits for the first of the live runs to end. It names runs of one directory only, as every call does. */
function waitFor(live: readonly RunView[], { asked }: Question): Next {
  const [first] = live;
  const steps = live.filter(({ dir }) => dir === first?.dir).map(({ step }) => step);
  const dir = first?.dir ?? asked.dir;
  const input = { steps: steps.slice(0, 8), any: true, ...(dir !== undefined && { dir }) };
  return { operation: 'wait', input, why: 'start it when one of these has ended' };
}
