import type { Next, RunView } from './answer.ts';

/** Lines of a log that an answer after a failure offers. */
const MORE_LINES = 200;

/** The next call worth making for a run as it stands: wait for a live one, read more of a failed one's log. */
export function callsAfter({ step, state, outcome, tail, logBytes }: RunView, dir: string | undefined): Next[] {
  const place = dir === undefined ? {} : { dir };
  if (state === 'malformed') return [];
  if (state !== 'ended') return [{ operation: 'wait', input: { steps: [step], ...place }, why: 'learn how it ends' }];
  if (outcome === 'success' || (logBytes ?? 0) <= Buffer.byteLength(tail ?? '') + 1) return [];
  return [{ operation: 'logs', input: { step, tail: MORE_LINES, ...place }, why: 'see more of its log' }];
}
