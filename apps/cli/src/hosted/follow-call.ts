import { setTimeout as pause } from 'node:timers/promises';
import type { CallEnd, CallJournal } from './call-journal.ts';

const POLL_MS = 100;
/** How often a follower says that its caller is there. */
const TOUCH_MS = 10_000;

interface Following {
  readonly from: { readonly out: number; readonly err: number };
  /** @returns false if nobody reads any more */
  readonly write: (stream: 'out' | 'err', data: string | Uint8Array) => Promise<boolean>;
  /** Aborted when the caller is gone. */
  readonly gone: AbortSignal;
}

const CUT = 'pm: part of the output was not kept for this reconnect; see the log of the run\n';
const KILLED = 'pm: the pm that made this call was killed on its host; what it did is not known\n';

/**
 * Shows a call that another process makes, from where the caller has read, until it ends. A process that was killed has ended with 125.
 * @returns undefined if the caller is gone
 */
export async function followCall(journal: CallJournal, { from, write, gone }: Following): Promise<CallEnd | undefined> {
  const at = { ...from };
  let isCut = false;
  let touchedMs = Number.NEGATIVE_INFINITY;
  while (!gone.aborted) {
    if (performance.now() - touchedMs > TOUCH_MS) {
      touchedMs = performance.now();
      journal.touch();
    }
    // The end is read first: what was written before it is read then.
    const isAlive = journal.isAlive();
    const end = journal.ended();
    for (const stream of ['out', 'err'] as const) {
      for (
        let bytes = journal.read(stream, at[stream]);
        bytes?.length !== 0;
        bytes = journal.read(stream, at[stream])
      ) {
        if (bytes === undefined) {
          if (!isCut) await write('err', CUT);
          isCut = true;
          break;
        }
        at[stream] += bytes.length;
        if (!(await write(stream, bytes))) return undefined;
      }
    }
    if (end !== undefined) return end;
    if (!isAlive && journal.ended() === undefined) {
      await write('err', KILLED);
      return 125;
    }
    await pause(POLL_MS, undefined, { signal: gone }).catch(() => {});
  }
  return undefined;
}
