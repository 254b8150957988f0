import { cutMiddle, formatDuration, formatSize, type RunView, withCount } from '@pm/operations';
import { attemptsMade, stateLabel } from '@pm/operations/words';
import { firstBytes } from '../text/bytes.ts';
import { oneLine } from '../text/plain-text.ts';
import type { Style } from '../text/style.ts';

// Single facts about a run as text. Each is short enough to share a line with others, and undefined if there is nothing to say.

/** `limit 30m, until 14:32` */
export function limitOf({ limitMs, untilAt }: RunView, style: Style): string | undefined {
  if (limitMs === null) return 'no limit';
  if (limitMs === undefined) return untilOf({ untilAt }, style);
  return [`limit ${formatDuration(limitMs)}`, untilOf({ untilAt }, style)].filter(Boolean).join(', ');
}

/** `until 14:32` */
export function untilOf({ untilAt }: { untilAt?: number | undefined }, { clock }: Style): string | undefined {
  return untilAt === undefined ? undefined : `until ${clock(untilAt)}`;
}

/** The evidence for the state or the outcome, unless the label of the state says the same. */
export function evidenceOf(run: RunView): string | undefined {
  const evidence = shortened(run.evidence, 240);
  return stateLabel(run).includes(evidence) ? undefined : evidence;
}

/**
 * `attempt 2/4` for a live run (`attempt 2` with `--restart`), and `attempt 1/4 failed exit 7` between two attempts. `3 attempts` for a run
 * that has ended, unless there was only one or the label of the state says it.
 */
export function attemptOf(run: RunView): string | undefined {
  const { attempt, attemptLimit, attemptExitCode, attempts } = run;
  const failed = attemptExitCode === undefined ? '' : ` failed exit ${attemptExitCode}`;
  if (attempt === 1 && attemptLimit === undefined && failed === '') return undefined; // it may stay the only one
  if (attempt !== undefined)
    return `attempt ${attempt}${attemptLimit === undefined ? '' : `/${attemptLimit}`}${failed}`;
  return attempts === undefined || attempts === 1 || run.outcome === 'failed' ? undefined : attemptsMade(attempts);
}

/** `ready`, or `not ready: 127.0.0.1:3000: connection refused`. */
export function readyOf({ ready, readyEvidence }: RunView): string | undefined {
  if (ready === undefined) return undefined;
  return ready ? 'ready' : `not ready${readyEvidence === undefined ? '' : `: ${shortened(readyEvidence, 160)}`}`;
}

/** What a run is ready by. */
export function readyEvidenceOf({ readyEvidence }: RunView): string | undefined {
  return readyEvidence === undefined ? undefined : shortened(readyEvidence, 160);
}

/** The progress that the job reports while it runs. */
export function progressOf({ progress }: RunView): string | undefined {
  return progress === undefined ? undefined : shortened(progress, 80);
}

/** `result {"acc":0.93}` */
export function resultOf({ result, resultError }: RunView): string | undefined {
  if (resultError !== undefined) return `no result: ${shortened(resultError, 120)}`;
  return result === undefined ? undefined : `result ${shortened(JSON.stringify(result), 240)}`;
}

/** `left running: 4242 sleep` */
export function survivorsOf({ survivors = [] }: RunView): string | undefined {
  return survivors.length === 0 ? undefined : `left running: ${named(survivors)}`;
}

/** `may be left running: 4242 sleep (…)` */
export function suspectsOf({ suspects = [] }: RunView): string | undefined {
  if (suspects.length === 0) return undefined;
  return `may be left running: ${named(suspects)} (orphans that started during the run; they may belong to something else)`;
}

/** What proves that nothing is left of a stopped run: `no process is left`, `port 3000 is free`. */
export function goneOf({ survivors = [], suspects = [], doubt, ports = [] }: RunView): string[] {
  const isGone = survivors.length === 0 && suspects.length === 0 && doubt === undefined;
  return [
    ...(isGone ? ['no process is left'] : []),
    ...ports.map(({ port, heldBy }) =>
      heldBy === undefined ? `port ${port} is free` : `port ${port} is held by ${oneLine(heldBy)}`,
    ),
  ];
}

function named(processes: NonNullable<RunView['survivors']>): string {
  const names = processes.map(({ pid, command }) => `${pid} ${shortened(command, 40)}`);
  return withCount(names, 5);
}

/** `log /project/.pm/train.log (12 KiB)` */
export function logOf({ logFile, logBytes, logTruncated }: RunView): string | undefined {
  if (logFile === undefined) return undefined;
  const bytes = logBytes === undefined ? '' : ` (${formatSize(logBytes)})`;
  return `log ${oneLine(logFile)}${bytes}${logTruncated === undefined ? '' : `, truncated: ${oneLine(logTruncated)}`}`;
}

/** `log truncated: …`, for a line that does not name the log. */
export function cutOf({ logTruncated }: RunView): string | undefined {
  return logTruncated === undefined ? undefined : `log truncated: ${oneLine(logTruncated)}`;
}

/** `log has: Listening on 8080`, or that the awaited text never came. */
export function lineOf({ lineSeen, lineMissing }: RunView): string | undefined {
  if (lineSeen !== undefined) return `log has: ${shortened(lineSeen, 160)}`;
  return lineMissing === undefined ? undefined : `not in the log: ${shortened(lineMissing, 160)}`;
}

/** In less than this the number of what was left out would take half of the room. */
const CUT_BYTES = 120;

/** A job's text on one of pm's lines: short, and without the dot that separates pm's own facts. */
function shortened(text: string, maxBytes: number): string {
  const line = oneLine(text).replaceAll('·', '.');
  return maxBytes < CUT_BYTES ? firstBytes(line, maxBytes) : cutMiddle(line, maxBytes);
}
