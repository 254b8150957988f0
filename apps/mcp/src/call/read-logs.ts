import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Context, LogAnswer } from '@pm/operations';
import { decodeCursor, logText } from '../answer/log-text.ts';
import { textResult } from '../answer/tool-results.ts';
import { fault } from '../tools/bad-arguments.ts';
import { parseInput, runOperation } from '../tools/run-operation.ts';
import { runReference } from '../tools/run-reference.ts';

/** Hosts put what is much longer into a file, and show a model its first lines. */
const MOST_BYTES = 32_768;

/**
 * A piece of a log as text. A cursor belongs to one run: it goes on there when a newer run of the step has begun meanwhile.
 * @throws a fault of code `usage`, and what `logs` throws
 */
export async function readLogs(given: Readonly<Record<string, unknown>>, context: Context): Promise<CallToolResult> {
  const { cursor, maxBytes, ...rest } = given;
  if (maxBytes !== undefined && !(Number(maxBytes) <= MOST_BYTES))
    throw fault(`read_logs: maxBytes must be at most ${MOST_BYTES}`, 'read on with the cursor of the answer');
  const own = { ...rest, ...(maxBytes !== undefined && { maxBytes }) };
  if (cursor !== undefined && rest['grep'] !== undefined)
    throw fault(
      'read_logs: cursor and grep exclude each other: one reads on, one searches all',
      'leave one of them out',
    );
  const place = cursor === undefined ? {} : await placeOf(cursor, given, context);
  const answer = await runOperation('read_logs', await parseInput('read_logs', { ...own, ...place }), context);
  return textResult(logText(answer as LogAnswer));
}

async function placeOf(
  cursor: unknown,
  { step, dir }: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<{ step: string; cursor: number }> {
  const place = typeof cursor === 'string' ? decodeCursor(cursor) : undefined;
  if (place === undefined || typeof step !== 'string')
    throw fault('read_logs: cursor is none that an answer of read_logs gave', 'leave it out for the end of the log');
  const [name = step] = step.split('~');
  const ref = await runReference({ step: name, id: place.id, ...(typeof dir === 'string' && { dir }) }, context);
  if (ref === undefined)
    throw fault(`read_logs: cursor is of a run that ${name} does not have`, 'leave it out for the end of the log');
  return { step: ref, cursor: place.byte };
}
