import { EventEmitter } from 'node:events';
import { fstatSync, writeSync } from 'node:fs';

/** The part of a writable stream that the command line uses. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly fd?: number;
  write(data: string | Uint8Array, done: (error?: Error | null) => void): unknown;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  once(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  listenerCount(event: 'error'): number;
}

/**
 * Writes to a file or a pipe without a Node stream, because loading Node's stream code takes 5 ms and most calls write two lines. Like
 * Node's own streams for files and pipes it writes synchronously.
 * @returns undefined for a terminal, and for anything else that needs a stream
 */
export function syncOutput(fd: 1 | 2): Output | undefined {
  try {
    const stat = fstatSync(fd);
    return stat.isFile() || stat.isFIFO() || stat.isSocket() || stat.rdev === NULL_DEVICE
      ? new SyncOutput(fd)
      : undefined;
  } catch {
    return undefined;
  }
}

/** /dev/null on Linux, mem(4): major 1, minor 3. */
const NULL_DEVICE = 0x103;

class SyncOutput extends EventEmitter implements Output {
  readonly #fd: 1 | 2;

  constructor(fd: 1 | 2) {
    super();
    this.#fd = fd;
  }

  write(data: string | Uint8Array, done: (error?: Error | null) => void): void {
    let rest = Buffer.from(data);
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(this.#fd, rest));
      done();
    } catch (error) {
      // Another process with the same pipe made it non-blocking. A stream can wait until it is writable again.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') this.#stream().write(rest, done);
      else this.#fail(error as Error, done);
    }
  }

  #stream(): NodeJS.WriteStream {
    const stream = this.#fd === 1 ? process.stdout : process.stderr;
    if (stream.listenerCount('error') === 0) stream.on('error', (error) => this.emit('error', error));
    return stream;
  }

  #fail(error: Error, done: (error: Error) => void): void {
    done(error);
    this.emit('error', error);
  }
}
