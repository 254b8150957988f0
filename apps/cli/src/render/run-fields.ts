import { formatDuration, formatSize, type RunView } from '@pm/operations';
import { firstBytes } from '../text/bytes.ts';
import { oneLine } from '../text/plain-text.ts';
import type { Style } from '../text/style.ts';
import { attemptsMade, stateLabel } from './run-label.ts';

// Single facts of a run, each short enough for one line among others; undefined where there is nothing to say.

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

/** What the verdict or the state rests on, unless its words have said just that. */
export function evidenceOf(run: RunView): string | undefined {
  const evidence = said(run.evidence, 240);
  return stateLabel(run).includes(evidence) ? undefined : evidence;
}

/** `attempt 2/4` of a live run, `attempt 1/4 failed exit 7` between two; `3 attempts` of one that has ended, unless its words say so or one was enough. */
export function attemptOf(run: RunView): string | undefined {
  const { attempt, attemptLimit, attemptExitCode, attempts } = run;
  const failed = attemptExitCode === undefined ? '' : ` failed exit ${attemptExitCode}`;
  if (attempt !== undefined) return `attempt ${attempt}/${attemptLimit ?? attempt}${failed}`;
  return attempts === undefined || attempts === 1 || run.outcome === 'failed' ? undefined : attemptsMade(attempts);
}

/** What the job says of itself while it runs. */
export function progressOf({ progress }: RunView): string | undefined {
  return progress === undefined ? undefined : said(progress, 80);
}

/** `result {"acc":0.93}` */
export function resultOf({ result, resultError }: RunView): string | undefined {
  if (resultError !== undefined) return `no result: ${said(resultError, 120)}`;
  return result === undefined ? undefined : `result ${said(JSON.stringify(result), 240)}`;
}

/** `left running: 4242 sleep` */
export function survivorsOf({ survivors = [] }: RunView): string | undefined {
  if (survivors.length === 0) return undefined;
  const named = survivors.slice(0, 5).map(({ pid, command }) => `${pid} ${said(command, 40)}`);
  const more = survivors.length - named.length;
  return `left running: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** `log /project/.pm/train.log (12 KiB)` */
export function logOf({ logFile, logBytes, logTruncated }: RunView): string | undefined {
  if (logFile === undefined) return undefined;
  const bytes = logBytes === undefined ? '' : ` (${formatSize(logBytes)})`;
  return `log ${oneLine(logFile)}${bytes}${logTruncated === undefined ? '' : `, cut: ${oneLine(logTruncated)}`}`;
}

/** `log cut: …`, of a run whose log is not named beside it. */
export function cutOf({ logTruncated }: RunView): string | undefined {
  return logTruncated === undefined ? undefined : `log cut: ${oneLine(logTruncated)}`;
}

/** Why a live run wants a decision, where its state does not say so already. */
export function attentionOf({ attention }: RunView): string | undefined {
  if (attention === 'deadline') return 'near its limit';
  if (attention === 'disk-full') return 'disk full';
  return attention === 'log-truncated' ? 'log truncated' : undefined;
}

/** `said: Listening on 8080`, or that it never did. */
export function lineOf({ lineSeen, lineMissing }: RunView): string | undefined {
  if (lineSeen !== undefined) return `said: ${said(lineSeen, 160)}`;
  return lineMissing === undefined ? undefined : `never said: ${said(lineMissing, 160)}`;
}

/** A job's words on a line of ours: short, and without the dot that separates what we say. */
function said(text: string, maxBytes: number): string {
  return firstBytes(oneLine(text).replaceAll('·', '.'), maxBytes);
}
