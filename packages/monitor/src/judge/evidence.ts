import { type Attempt, DEFAULTS, type Ending, type Liveness, type Policy } from '@pm/protocol';
import { formatDuration } from '@pm/protocol/text';
import { isBetweenAttempts, isQuiet, isUnwritable, type Observation } from './observation.ts';

/** The sentences that verdicts and troubles rest on. People and models read them; no program does. */

export const SUSPENDED = 'stopped by a signal; kill -CONT continues it';

const UNIDENTIFIED = 'malformed: its records name no process that can be identified';

/** The run is quiet. */
export function quietFor(quietMs: number): string {
  return `no output, CPU or I/O for ${formatDuration(quietMs)}`;
}

/** The run has exceeded its limit. Both in ms of awake time. */
export function ranTooLong(elapsedMs: number, limitMs: number): string {
  return `ran ${formatDuration(elapsedMs)}, limit ${formatDuration(limitMs)}`;
}

const MISSING = {
  output: 'no output',
  activity: 'no CPU or I/O in its tree',
  beat: 'no heartbeat of its own',
} as const;

/** The run has not shown the sign of life that its policy asks for. */
export function silentFor(
  { silentMs, missedLooks, failing }: Observation,
  liveness: Exclude<Liveness, 'wrapper'>,
  staleMs: number,
): string {
  if (liveness === 'check')
    return `its ready checks have failed for ${formatDuration(silentMs)}, asked ${missedLooks} times, limit ${formatDuration(staleMs)}: ${failing}; the command was alive`;
  return `${MISSING[liveness]} for ${formatDuration(silentMs)} on ${missedLooks} looks, limit ${formatDuration(staleMs)}; the command was alive`;
}

/** The lease of the run is over. */
export function leaseOver({ unextendedMs }: NonNullable<Observation['lease']>): string {
  return `its worker has not extended its lease for ${formatDuration(unextendedMs)}`;
}

/** The wrapper is gone, and so is the command. */
export function wrapperDied(seen: Observation): string {
  const { attempt } = seen;
  if (attempt === undefined || !isBetweenAttempts(seen)) return 'the wrapper died before it could record an exit';
  return `the wrapper died between two attempts; ${attemptOf(attempt)} had ended with exit ${attempt.failed}`;
}

/** Of an adopted process: why its outcome has no exit status. */
export const STATUS_UNKNOWN = 'its exit status is unknown, because pm did not start it';

/** An adopted process has ended by itself. */
export const adoptedEnded = `it ended by itself; ${STATUS_UNKNOWN}`;

/** Why the end of a service is worth a look, even with exit 0. */
export const WAS_TO_STAY = 'it is a service, which was meant to stay';

/** No wrapper has started within the start window. */
export function neverStarted(windowMs: number): string {
  return `no wrapper started within ${formatDuration(windowMs)}`;
}

/** The watcher itself was not running: it judges nothing by this look. */
export function lateLook(gapMs: number): string {
  return `the last look was ${formatDuration(gapMs)} ago: looking again before judging`;
}

/** The run is judged by its heartbeat alone, and that is stale. */
export function noHeartbeat({ beatAgeMs, unidentified }: Observation): string {
  const silence = `no heartbeat for ${formatDuration(beatAgeMs)}`;
  return unidentified ? `${silence}; ${UNIDENTIFIED}` : `${silence} from another host or pid namespace`;
}

/** An ending is on record, and processes of the run are alive. */
export function terminationOrdered(ending: Ending | undefined): string {
  return `termination ordered: ${ending?.cause}`;
}

/** The same, if the processes cannot be signalled from here: they are elsewhere, or cannot be identified. */
export function terminationOrderedElsewhere({ ending, unidentified }: Observation): string {
  const byWhom = unidentified ? `by nobody: ${UNIDENTIFIED}` : 'where it runs';
  return `${terminationOrdered(ending)}, to be carried out ${byWhom}`;
}

/** The command has ended, and its wrapper is alive. */
export function exitBeingRecorded(seen: Observation): string {
  const { obstacle } = seen;
  if (obstacle?.isCertain === true || isUnwritable(seen))
    return `the command has ended, but its exit cannot be recorded yet: ${obstacle?.what ?? 'the disk is full'}`;
  const ended = 'the command has ended, its exit is being recorded';
  return obstacle === undefined ? ended : `${ended}, unless ${obstacle.what}`;
}

/** The run is alive. */
export function signOfLife(seen: Observation, policy: Policy): string {
  const { wrapper, command, attempt, quietMs, beatAgeMs } = seen;
  const { staleMs } = policy;
  if (seen.adopted === true) return aliveAdopted(seen, policy);
  if (wrapper === 'gone') return 'the wrapper is gone, the command is alive: its exit status will be unknown';
  if (attempt !== undefined && isBetweenAttempts(seen))
    return `${attemptOf(attempt)} ended with exit ${attempt.failed}; the next begins ${pauseOf(policy)} after that`;
  if (command === 'stopped') return SUSPENDED;
  if (isQuiet(seen, policy)) return quietFor(quietMs);
  if (beatAgeMs > staleMs) return `no heartbeat for ${formatDuration(beatAgeMs)}, but wrapper and command are alive`;
  if (wrapper !== 'elsewhere')
    return command === 'elsewhere' ? 'wrapper alive; its command cannot be identified' : 'wrapper and command alive';
  const where = seen.unidentified ? UNIDENTIFIED : 'on another host or in another pid namespace';
  return `${where}; its last heartbeat was ${formatDuration(seen.beatWallAgeMs)} ago`;
}

/** An adopted process is alive, as far as that can be seen from here. */
function aliveAdopted(seen: Observation, policy: Policy): string {
  const { wrapper, command, quietMs } = seen;
  if (wrapper === 'elsewhere') return 'adopted on another host or in another pid namespace, so it cannot be seen here';
  if (command === 'stopped') return SUSPENDED;
  if (isQuiet(seen, policy)) return quietFor(quietMs);
  return 'alive; it was adopted, so its exit status will be unknown';
}

function attemptOf({ n, of }: Attempt): string {
  return of === undefined ? `attempt ${n}` : `attempt ${n} of ${of}`;
}

/** The wrapper alone knows how long a backoff is that grows. */
function pauseOf({ restart, backoffMs = 0 }: Policy): string {
  const longestMs = restart === undefined ? backoffMs : Math.max(backoffMs, DEFAULTS.longestBackoffMs);
  return longestMs === backoffMs
    ? formatDuration(backoffMs)
    : `${formatDuration(backoffMs)} to ${formatDuration(longestMs)}`;
}
