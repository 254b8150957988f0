import { interruptedError } from '../call/cli-error.ts';
import type { Output } from './sync-output.ts';

/** Writes, and waits until the stream has taken the data, so that a slow reader slows pm down. @returns false if nobody reads any more */
export function write(stream: Output, data: string | Uint8Array): Promise<boolean> {
  if (data.length === 0) return Promise.resolve(true);
  // The callback reports that a reader has left (`pm ls | head -1`). Without an error listener Node would exit with an exception.
  if (stream.listenerCount('error') === 0) stream.on('error', () => {});
  return new Promise((resolve) => {
    stream.write(data, (error) => resolve(error === null || error === undefined));
  });
}

/**
 * Writes an answer.
 * @returns false if nobody reads any more
 * @throws a CliError if it cannot be written, as on a full disk: a call must not succeed if its answer is lost
 */
export async function writeAnswer(stream: Output, data: string): Promise<boolean> {
  let failure: NodeJS.ErrnoException | undefined;
  stream.once('error', (error) => {
    failure = error;
  });
  if (await write(stream, data)) return true;
  await new Promise((resolve) => setImmediate(resolve)); // a stream emits its error one turn after the callback
  if (failure === undefined || failure.code === 'EPIPE') return false;
  const next = 'free some space or write to another file, then call again; the run and its records are not affected';
  throw interruptedError(`the answer cannot be written (${failure.code})`, next, {});
}
