import { interruptedError } from '../call/cli-error.ts';
import type { Output } from './sync-output.ts';

/** Writes and waits until it is taken, so that a slow reader slows us. False: nobody reads any more. */
export function write(stream: Output, data: string | Uint8Array): Promise<boolean> {
  if (data.length === 0) return Promise.resolve(true);
  // A reader that left (`pm ls | head -1`) is told by the callback; without a listener node would die of it.
  if (stream.listenerCount('error') === 0) stream.on('error', () => {});
  return new Promise((resolve) => {
    stream.write(data, (error) => resolve(error === null || error === undefined));
  });
}

/**
 * Writes an answer. False: nobody reads any more, which is no fault of ours.
 * @throws a fault if it cannot be written (a full disk): an answer that did not arrive must not end with success
 */
export async function writeAnswer(stream: Output, data: string): Promise<boolean> {
  let failure: NodeJS.ErrnoException | undefined;
  stream.once('error', (error) => {
    failure = error;
  });
  if (await write(stream, data)) return true;
  await new Promise((resolve) => setImmediate(resolve)); // the stream tells its error a turn after the callback
  if (failure === undefined || failure.code === 'EPIPE') return false;
  const next = 'make room or name another output, then ask again: the run and its records are not touched';
  throw interruptedError(`the answer cannot be written (${failure.code})`, next, {});
}
