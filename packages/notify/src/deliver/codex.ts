import type { RunRecord } from '@pm/protocol';
import { quote } from '@pm/protocol/text';
import type { Facts } from '../message/facts.ts';
import { oneLine, sentence } from '../message/sentence.ts';
import type { DeliveryResult } from './delivery-result.ts';
import { runProgram } from './run-program.ts';

export interface CodexOptions {
  readonly thread: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The thread of Codex that has started a run; undefined if it was started by something else. */
export function codexThreadOf({ agent, session }: RunRecord['owner']): string | undefined {
  return agent === 'codex' && session !== undefined && /^[A-Za-z0-9][A-Za-z0-9_-]{7,63}$/.test(session)
    ? session
    : undefined;
}

/** Puts one line into the queue of the thread: it wakes an idle session, or waits for `codex resume`. */
export async function queueForCodex(facts: Facts, { thread, env, signal }: CodexOptions): Promise<DeliveryResult> {
  const argv = ['codex', 'queue', '--thread', thread, '--message', codexLine(facts)];
  return runProgram(argv, { cwd: '/', env, signal });
}

/**
 * What the thread reads as a message of its user. So it has facts of pm alone: nothing that the job printed, and no evidence, which may
 * quote the job.
 */
export function codexLine(facts: Facts): string {
  const { run, dir, event } = facts;
  const call = event.kind === 'ended' ? 'pm status' : 'pm wait';
  const next = `${call} ${run.step} --dir ${quote(oneLine(dir))}`;
  return `Process Monitor: ${sentence(facts)}. Run ${run.id}. Details: ${next}`;
}
