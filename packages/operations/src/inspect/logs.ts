import { readTruncation, watch } from '@pm/monitor';
import { cutMiddle } from '@pm/output';
import { PmError, type RunRecord, runPaths } from '@pm/protocol';
import { followLog } from '@pm/wrapper';
import * as z from 'zod/mini';
import { withNews } from '../elsewhere/news-follower.ts';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { findRun } from '../runs/find-run.ts';
import { unseenOutput } from '../runs/log-tail.ts';
import type { Next } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { dir, flag, oneStep } from '../shape/fields.ts';
import { type ChosenLog, chooseLog } from './choose-log.ts';
import { grepLog } from './grep-log.ts';
import { linesAround } from './lines-around.ts';
import type { LogAnswer } from './log-answer.ts';
import type { FailedRun } from './newest-failed.ts';
import { bytesFrom, type LogSlice, sliceFrom, tailOf } from './read-log.ts';

const TAIL_LINES = 40;
const MAX_BYTES = 4_096;
const MOST_BYTES = 1_048_576;
/** How much of a pattern is quoted. */
const SHOWN_BYTES = 120;

const count = z.coerce.number();

const LogsInput = z.strictObject({
  step: z.optional(oneStep),
  dir,
  failed: flag('The run that failed last, of this step or of all steps.'),
  tail: describe(
    `Last lines to show (default ${TAIL_LINES}).`,
    z.optional(count.check(z.int(), z.gte(0), z.lte(100_000))),
  ),
  around: describe('Lines around this line number.', z.optional(count.check(z.int(), z.gte(1), z.lte(1_000_000_000)))),
  grep: describe('Only lines that match this regular expression.', z.optional(z.string().check(z.maxLength(500)))),
  cursor: describe('Continue at this byte, from an earlier answer.', z.optional(count.check(z.int(), z.gte(0)))),
  maxBytes: describe(
    `Most bytes of text (default ${MAX_BYTES}, at most ${MOST_BYTES}).`,
    z.optional(count.check(z.int(), z.gte(1), z.lte(MOST_BYTES))),
  ),
  follow: flag('Also show new output until the run ends.'),
  result: flag('The result instead of the log, as one line of JSON from its start.'),
  errors: flag('The separate stderr of a run with --split.'),
  attempt: describe(
    'The log of this attempt, for a run with --retries. Default: the newest.',
    z.optional(count.check(z.int(), z.gte(1), z.lte(101))),
  ),
});
type LogsInput = z.output<typeof LogsInput>;

export const logs = operation({
  name: 'logs',
  summary: 'Show the end of a log, or search it; the answer is limited in size.',
  input: LogsInput,
  output: async () => (await import('./log-answer.ts')).LogAnswer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const failed = input.failed === true ? await failedRun(where, input, context) : undefined;
    const step = failed?.ref ?? input.step;
    if (step === undefined) throw new PmError('usage', 'No step was named.', 'Name one, or use --failed.');
    const run = findRun(where, step);
    const which = failed === undefined ? {} : { back: failed.back, notes: [...failed.notes] };
    if (input.follow === true && input.grep !== undefined) {
      throw new PmError('usage', '--grep and --follow cannot be used together.', 'Leave out one of them.');
    }
    if (input.grep !== undefined && input.cursor !== undefined) {
      throw new PmError('usage', '--grep and --cursor cannot be used together.', 'Leave out one of them.');
    }
    if (input.around !== undefined) refuseBeside('around', ['grep', 'cursor', 'follow'], input);
    if (input.result === true) return { ...(await resultAnswer(where, run, step, input)), ...which };
    const unseen = unseenOutput(run);
    if (unseen !== undefined) return { ...nothingOf(where, run, unseen), ...which };
    const log = chooseLog(where, run, input);
    const { file } = log;
    const slice = await sliceOf(log, input, input.maxBytes ?? MAX_BYTES, context.signal);
    if (input.follow === true) {
      const bytes = bytesFrom(file, slice.from, slice.to);
      await context.report?.({ type: 'output', stream: 'log', bytes });
      await follow(where, run, log, slice.to, context);
    }
    return {
      step: run.step,
      id: run.id,
      file,
      text: input.follow === true ? '' : slice.text,
      from: slice.from,
      to: slice.to,
      totalBytes: slice.totalBytes,
      ...omission(slice, input),
      ...readTruncation(run, log.truncated, slice.totalBytes),
      ...which,
      next: [...nextOf(slice, step, input), ...(failed?.next ?? [])],
    };
  },
});

/** The log of an adopted process: there is none, and the answer says why. */
function nothingOf(where: string, { step, id }: RunRecord, why: string): LogAnswer {
  const file = runPaths(where, id).log;
  return { step, id, file, text: '', from: 0, to: 0, totalBytes: 0, omitted: why, next: [] };
}

/** Refuses options that choose what to show in another way than `chosen` does. */
function refuseBeside(chosen: keyof LogsInput, others: readonly (keyof LogsInput)[], input: LogsInput): void {
  const other = others.find((name) => input[name] !== undefined && input[name] !== false);
  if (other !== undefined)
    throw new PmError('usage', `--${chosen} and --${other} cannot be used together.`, 'Leave out one of them.');
}

/** The result of a run as the text of an answer: whole, unless the caller limits its size. */
async function resultAnswer(where: string, run: RunRecord, step: string, input: LogsInput): Promise<LogAnswer> {
  refuseBeside('result', ['tail', 'around', 'grep', 'follow', 'errors', 'attempt'], input);
  const { resultSlice } = await import('./read-result.ts');
  const slice = resultSlice(where, run, input.cursor ?? 0, input.maxBytes ?? MOST_BYTES);
  return {
    step: run.step,
    id: run.id,
    file: runPaths(where, run.id).result,
    ...slice,
    next: nextOf(slice, step, input),
  };
}

async function failedRun(where: string, { step, dir: named }: LogsInput, context: Context): Promise<FailedRun> {
  if (step?.includes('~') === true)
    throw new PmError('usage', `--failed and ${step} both choose a run.`, 'Leave out one of them.');
  const { newestFailed } = await import('./newest-failed.ts');
  return newestFailed(where, { step, dir: named }, context);
}

/** Where there is more to read: behind this piece, or within its only line. */
function nextOf({ from, to, totalBytes, isCut }: LogSlice, step: string, input: LogsInput): Next[] {
  const place = { step, ...sameText(input) };
  if (isCut === true) {
    const maxBytes = Math.min(to - from, MOST_BYTES);
    return [{ operation: 'logs', input: { ...place, cursor: from, maxBytes }, why: 'see the whole line' }];
  }
  return to < totalBytes ? [{ operation: 'logs', input: { ...place, cursor: to }, why: 'read on' }] : [];
}

/** The options of a next call that select the same text of the same run. */
function sameText({ dir: named, errors, attempt, result }: LogsInput): Partial<LogsInput> {
  return {
    ...(named !== undefined && { dir: named }),
    ...(result === true && { result }),
    ...(errors === true && { errors }),
    ...(attempt !== undefined && { attempt }),
  };
}

async function sliceOf(
  { file, truncated }: ChosenLog,
  input: LogsInput,
  maxBytes: number,
  signal: AbortSignal,
): Promise<LogSlice> {
  if (input.grep !== undefined) return grepLog(file, patternOf(input.grep), input.tail ?? Infinity, maxBytes, signal);
  if (input.around !== undefined) return linesAround(file, input.around, input.tail ?? TAIL_LINES, maxBytes, signal);
  if (input.cursor !== undefined) return sliceFrom(file, input.cursor, maxBytes, truncated);
  return tailOf(file, input.tail ?? TAIL_LINES, maxBytes);
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new PmError('usage', `--grep: ${(error as Error).message}.`, 'Escape special characters with a backslash.', {
      cause: error,
    });
  }
}

function omission(
  slice: LogSlice & { matches?: number; shown?: number },
  { cursor, grep, around }: LogsInput,
): { omitted?: string } {
  if (around !== undefined) return {};
  const { matches = 0, shown = 0, from, totalBytes } = slice;
  if (grep !== undefined && matches === 0 && totalBytes > 0)
    return { omitted: `no line matches ${cutMiddle(grep, SHOWN_BYTES)}` };
  if (matches > shown) return { omitted: `${matches - shown} earlier lines of ${matches} matching lines` };
  if (cursor !== undefined && cursor > totalBytes)
    return { omitted: `byte ${cursor} is beyond the end of this log, so it was read from its start` };
  return cursor === undefined && from > 0 ? { omitted: `${from} bytes before` } : {};
}

async function follow(where: string, run: RunRecord, log: ChosenLog, from: number, context: Context): Promise<void> {
  let ended = false;
  const watching = withNews(where, async () => {
    for await (const _ of watch(where, [run], { signal: context.signal, by: `pm logs ${process.pid}` })) {
      // Watching judges the run. Only its end matters here.
    }
    ended = true;
  });
  const options = { from, ended: () => ended, signal: context.signal, truncatedFile: log.current.truncated };
  for await (const bytes of followLog(log.current.file, { ...options, attempt: log.attempt })) {
    await context.report?.({ type: 'output', stream: 'log', bytes });
  }
  await watching;
}
