import { existsSync } from 'node:fs';
import { stop, watch } from '@pm/monitor';
import { type OutcomeRecord, PmError, type RunRecord, runPaths } from '@pm/protocol';
import { quote } from '@pm/protocol/text';
import { followLog } from '@pm/wrapper';
import type { Context } from '../project/context.ts';
import { firstLoggedAttempt } from '../runs/log-tail.ts';
import { recordsGone, viewOfLook } from '../runs/run-view.ts';
import { untilPublished } from '../runs/until-published.ts';

/**
 * Shows the output and judges the run until it has ended and all of its output was shown.
 * @param by who judges it, for its records
 * @returns also why output could not be read, if the job has replaced its log by something else: the outcome counts all the same
 */
export async function attend(
  where: string,
  record: RunRecord,
  by: string,
  context: Context,
): Promise<{ outcome: OutcomeRecord; unread: string[] }> {
  let ended = false;
  const follow = async (stream: 'log' | 'errors'): Promise<void> => {
    const { log, errors, truncated, errorsTruncated } = runPaths(where, record.id);
    const [file, truncatedFile] = stream === 'log' ? [log, truncated] : [errors, errorsTruncated];
    for await (const bytes of followLog(file, {
      ended: () => ended,
      truncatedFile,
      attempt: firstLoggedAttempt(where, record),
    })) {
      await context.report?.({ type: 'output', stream, bytes });
    }
  };
  const output = Promise.allSettled([follow('log'), ...(record.split === true ? [follow('errors')] : [])]);
  const outcome = await ending(where, record, by, context).finally(() => {
    ended = true;
  });
  const unread = (await output).flatMap((one) => (one.status === 'rejected' ? [reasonOf(one.reason)] : []));
  return { outcome, unread };
}

function reasonOf(error: unknown): string {
  if (error instanceof PmError) return error.message;
  throw error;
}

/** The outcome of the run: its own, or `cancelled` after the signal of the caller. */
async function ending(where: string, record: RunRecord, by: string, context: Context): Promise<OutcomeRecord> {
  let reported = 0;
  for await (const event of watch(where, [record], { signal: context.signal, by })) {
    const attempt = event.type === 'look' ? event.look.observation.attempt : undefined;
    if (event.type === 'look' && attempt?.failed !== undefined && attempt.n > reported) {
      reported = attempt.n;
      await context.report?.({ type: 'attempt', run: viewOfLook(where, record, event.look, event.verdict) });
    }
    if (event.type === 'vanished') throw recordsGone(where, record);
    if (event.type === 'failed') throw event.error;
    if (event.type !== 'ended') continue;
    await untilPublished(where, record);
    return event.outcome;
  }
  const { signal } = new AbortController();
  const interrupt = context.endedBy?.() === 'SIGINT';
  const force = context.force === undefined ? {} : { force: context.force };
  const outcome = await stop(where, record, { by, reason: 'interrupted', signal, interrupt, ...force });
  if (outcome === undefined) throw withoutEnding(where, record);
  await untilPublished(where, record);
  return outcome;
}

/** It was interrupted, but the ending could not be written. */
function withoutEnding(where: string, record: RunRecord): PmError {
  if (!existsSync(runPaths(where, record.id).folder)) return recordsGone(where, record);
  const message = `${record.step} was stopped, but the disk of ${where} is full: its outcome could not be written.`;
  return new PmError(
    'directory-unusable',
    message,
    `Free some space, then: pm status ${record.step} --dir ${quote(where)}`,
  );
}
