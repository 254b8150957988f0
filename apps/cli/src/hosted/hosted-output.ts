import { EventEmitter } from 'node:events';
import type { Output } from '../process/sync-output.ts';
import type { CallJournal } from './call-journal.ts';

/**
 * An output of a call that came over ssh. It is kept in the journal and passed on. Without a journal, a lost connection is an output
 * that nobody reads; with one the call goes on, and its caller gets the rest when it comes back.
 */
export class HostedOutput extends EventEmitter implements Output {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly #target: Output;
  readonly #stream: 'out' | 'err';
  readonly #journal: CallJournal | undefined;
  #isBroken = false;

  constructor(target: Output, stream: 'out' | 'err', columns: number | undefined, journal: CallJournal | undefined) {
    super();
    this.isTTY = columns !== undefined;
    this.columns = columns ?? 0;
    this.#target = target;
    this.#stream = stream;
    this.#journal = journal;
    target.on('error', () => {
      this.#isBroken = true;
    });
  }

  /** Whether the connection has been lost, as far as it was noticed. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  write(data: string | Uint8Array, done: (error?: Error | null) => void): void {
    this.#journal?.append(this.#stream, data);
    if (this.#isBroken) {
      done(this.#journal === undefined ? new Error('the connection is closed') : null);
      return;
    }
    this.#target.write(data, (error) => {
      if (error != null) this.#isBroken = true;
      done(this.#journal === undefined ? error : null);
    });
  }
}
