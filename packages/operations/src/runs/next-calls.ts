import { resolve } from 'node:path';
import type { Attention } from '@pm/protocol';
import { exactDuration } from '@pm/protocol/text';
import type { Context } from '../project/context.ts';
import type { Next, RunView } from '../shape/answer.ts';

/** How much of the log the next call after a failure asks for. */
const MORE_LINES = 200;
const MORE_BYTES = 16_384;
/** How much `logs` shows unasked, in bytes. */
const SHOWN_BYTES = 4_096;

/** The name of a run in a call: `train`, `train~1`. */
export function stepRefOf({ step, back = 0 }: Pick<RunView, 'step' | 'back'>): string {
  return back === 0 ? step : `${step}~${back}`;
}

/** The calls that make sense for a run now: wait for a live one, read more of the log of a failed one. */
export function nextCallsFor(run: RunView, dir: string | undefined): Next[] {
  const { state, outcome, attention, tail, errorsFile } = run;
  // The size of a separate stderr is not known.
  const logBytes = errorsFile === undefined ? (run.logBytes ?? 0) : Number.POSITIVE_INFINITY;
  const place = dir === undefined ? {} : { dir };
  const step = stepRefOf(run);
  if (state === 'malformed') return [];
  if (state !== 'ended' && attention !== undefined) return callsForAttention(run, attention, place);
  if (state !== 'ended') {
    const waiting: Next = { operation: 'wait', input: { steps: [step], ...place }, why: 'wait until it ends' };
    return tail === undefined ? [waiting] : [waiting, lastOutputOf(run, place)];
  }
  if (run.reason === 'preflight-failed')
    return [{ operation: 'preflight', input: { step: run.step, ...place }, why: 'check again' }];
  if (outcome === 'success' || logBytes <= Buffer.byteLength(tail ?? '') + 1) return [];
  const { failureLine, logLines = 0 } = run;
  // Where lines were left out, the most telling is worth more than the end.
  if (failureLine !== undefined && logLines > (tail ?? '').split('\n').length) {
    const why = `see what is around line ${failureLine} of ${logLines}`;
    return [{ operation: 'logs', input: { step, around: failureLine, ...errorsIn(run), ...place }, why }];
  }
  const more = { tail: MORE_LINES, ...(logBytes > SHOWN_BYTES && { maxBytes: MORE_BYTES }) };
  return [{ operation: 'logs', input: { step, ...more, ...errorsIn(run), ...place }, why: 'see more of its log' }];
}

function lastOutputOf(run: RunView, place: { dir?: string }): Next {
  return { operation: 'logs', input: { step: stepRefOf(run), ...errorsIn(run), ...place }, why: 'see its last output' };
}

/** The quoted lines come from the separate stderr, so the call for more reads that. */
function errorsIn({ errorsFile }: RunView): { errors?: boolean } {
  return errorsFile === undefined ? {} : { errors: true };
}

/** A run that needs a decision: keep waiting, read its output, look at it or give it more time, or stop it. */
function callsForAttention(run: RunView, attention: Attention, place: { dir?: string }): Next[] {
  const step = stepRefOf(run);
  const limit = attention === 'deadline' ? longerLimitOf(run) : undefined;
  const second: Next =
    limit === undefined
      ? { operation: 'status', input: { step, ...place }, why: 'see its details' }
      : { operation: 'extend', input: { step, limit, ...place }, why: 'give it more time' };
  return [
    { operation: 'wait', input: { steps: [step], ...place }, why: 'keep waiting' },
    second,
    lastOutputOf(run, place),
    { operation: 'stop', input: { steps: [step], ...place }, why: 'stop it' },
  ];
}

const MORE_MS = 30 * 60_000;

/** Half an hour more, or up to its hard limit; undefined if it has reached that. */
function longerLimitOf({ limitMs, hardLimitMs = Number.POSITIVE_INFINITY }: RunView): string | undefined {
  const roomMs = hardLimitMs - (limitMs ?? 0);
  if (roomMs <= 0) return undefined;
  return roomMs < MORE_MS ? exactDuration(hardLimitMs) : `+${exactDuration(MORE_MS)}`;
}

/** The next calls for several runs. For a failed run, a check that may find the cause comes first. */
export async function nextCallsForAll(
  runs: readonly RunView[],
  dir: string | undefined,
  context: Asker,
): Promise<Next[]> {
  const calls = await Promise.all(
    runs.map(async (run) => [...(await checkOf(run, dir, context)), ...nextCallsFor(run, dir)]),
  );
  return calls.flat();
}

/** Who asks, and where. */
type Asker = Pick<Context, 'cwd' | 'env'>;

/** The code for it is loaded only after a failure. */
async function checkOf(run: RunView, dir: string | undefined, asker: Asker): Promise<Next[]> {
  const { outcome, tail = '', exitCode, reason, command, cwd, port } = run;
  if (outcome !== 'failed' || (tail === '' && reason !== 'oom-killed')) return [];
  const { likelyCause } = await import('@pm/preflight/diagnose');
  const cause = likelyCause(tail, { exitCode, command, reason, port });
  if (cause === undefined) return [];
  const why = `likely: ${cause.port === undefined ? cause.why : await inUse(cause.port, run, asker)}`;
  const place = cwd === undefined || cwd === asker.cwd ? {} : { cwd };
  if (cause.spec !== undefined) return [{ operation: 'preflight', input: { check: [cause.spec], ...place }, why }];
  return [{ operation: 'logs', input: { step: stepRefOf(run), ...(dir !== undefined && { dir }) }, why }];
}

async function inUse(port: number, { logFile = '' }: RunView, asker: Asker): Promise<string> {
  const { portWasInUse } = await import('../ports/port-in-use.ts');
  return portWasInUse(port, resolve(logFile, '../../..'), asker); // <dir>/runs/<id>/log
}
