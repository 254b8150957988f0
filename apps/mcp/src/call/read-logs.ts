import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Context, LogAnswer } from '@pm/operations';
import { decodeCursor, logText } from '../answer/log-text.ts';
import { textResult } from '../answer/tool-results.ts';
import { usageError } from '../tools/argument-error.ts';
import { parseCall, runOperation } from '../tools/run-operation.ts';
import { runReference } from '../tools/run-reference.ts';

/** Many hosts write a longer text to a file and show a model only its first lines. */
const MOST_BYTES = 32_768;

/**
 * A piece of a log as text. A cursor belongs to one run, and reads on there even if the step has a newer run.
 * @throws an error of code `usage`, or what the operation `logs` throws
 */
export async function readLogs(given: Readonly<Record<string, unknown>>, context: Context): Promise<CallToolResult> {
  const { cursor, maxBytes = given['result'] === true ? MOST_BYTES : undefined, ...rest } = given;
  if (maxBytes !== undefined && !(Number(maxBytes) <= MOST_BYTES))
    throw usageError(`read_logs: maxBytes must be at most ${MOST_BYTES}`, 'use the cursor of the answer to read on');
  const own = { ...rest, ...(maxBytes !== undefined && { maxBytes }) };
  if (cursor !== undefined && rest['grep'] !== undefined)
    throw usageError(
      'read_logs: cursor and grep cannot be used together: cursor reads on, grep searches the whole log',
      'leave out one of them',
    );
  const place = cursor === undefined ? {} : await placeOf(cursor, given, context);
  const answer = await runOperation(await parseCall('read_logs', { ...own, ...place }), context);
  return textResult(logText(answer as LogAnswer, given['result'] === true));
}

async function placeOf(
  cursor: unknown,
  { step, dir }: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<{ step: string; cursor: number }> {
  const place = typeof cursor === 'string' ? decodeCursor(cursor) : undefined;
  if (place === undefined || typeof step !== 'string')
    throw usageError(
      'read_logs: cursor is not one from an answer of read_logs',
      'leave it out to read the end of the log',
    );
  const [name = step] = step.split('~');
  const ref = await runReference({ step: name, id: place.id, ...(typeof dir === 'string' && { dir }) }, context);
  if (ref === undefined)
    throw usageError(`read_logs: cursor belongs to no run of ${name}`, 'leave it out to read the end of the log');
  return { step: ref, cursor: place.byte };
}
