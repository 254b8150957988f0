import type { Writable } from 'node:stream';

/** Writes and waits until it is taken, so that a slow reader slows us. False: nobody reads any more. */
export function write(stream: Writable, data: string | Uint8Array): Promise<boolean> {
  if (data.length === 0) return Promise.resolve(true);
  // A reader that left (`pm ls | head -1`) is told by the callback; without a listener node would die of it.
  if (stream.listenerCount('error') === 0) stream.on('error', () => {});
  return new Promise((resolve) => {
    stream.write(data, (error) => resolve(error === null || error === undefined));
  });
}
