import { PmError, type RunRecord, runPaths } from '@pm/protocol';
import { viewNow } from '../runs/run-view.ts';
import { type LogSlice, wholeCharactersIn } from './read-log.ts';

/**
 * The result of an ended run as one line of JSON, from byte `cursor` on, at most `maxBytes`. It is read from the outcome and not from the
 * file that the job wrote, which may have changed since.
 * @throws PmError `not-supported` if the run is live, left no result, or left one that is no JSON
 */
export function resultSlice(where: string, run: RunRecord, cursor: number, maxBytes: number): LogSlice {
  const { state, result, resultError } = viewNow(where, run, 'pm logs');
  if (result === undefined) {
    if (state !== 'ended')
      throw new PmError(
        'not-supported',
        `${run.step} has no result yet: it has not ended.`,
        'Wait until it has ended.',
      );
    throw resultError === undefined
      ? new PmError('not-supported', `${run.step} left no result.`, 'Read its log.')
      : new PmError(
          'not-supported',
          `${run.step}: ${resultError}.`,
          `What it wrote is in ${runPaths(where, run.id).result}.`,
        );
  }
  const bytes = Buffer.from(JSON.stringify(result));
  const from = Math.min(cursor, bytes.length);
  const piece = bytes.subarray(from, from + maxBytes);
  const to = from + piece.length === bytes.length ? bytes.length : from + wholeCharactersIn(piece);
  return { text: bytes.toString('utf8', from, to), from, to, totalBytes: bytes.length };
}
