import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '@pm/process';
import { DEFAULTS, decodeIdentity, type RunRecord, runPaths } from '@pm/protocol';
import { presentIn, readRecord, readRun } from '@pm/protocol/fs';
import { hasTurnBegun } from '../turn-gate.ts';

/** By this signal the wrapper ends the starter. */
const LEFT = 'SIGUSR1';

/** How often a wrapper is looked for that has left its starter. On macOS it takes a process. */
const LOOK_FOR_WRAPPER_MS = 100;

/**
 * Waits until the command has begun. Polls, because it takes 5 ms and a watch would cost more than it saves.
 * @param starter the shell that waits for the wrapper until the wrapper ends it
 * @returns why the wrapper or its command was not started
 * @throws what reading the records throws, which says nothing about the wrapper
 */
export async function awaitCommand(dir: string, run: RunRecord, starter: ChildProcess): Promise<Error | undefined> {
  let failure: Error | 'killed' | undefined;
  starter.once('error', (error) => {
    failure = error;
  });
  starter.once('exit', (code, signal) => {
    if (signal === LEFT) return;
    if (code === 0 && isBegunByAnother(dir, run))
      failure = 'killed'; // our wrapper was the second one at the gate
    // If somebody killed the starter, the command may begin all the same. A monitor finds out; it is no failure to start.
    // Of a run that waited, a wrapper that was killed is started again, and another process may have started one as well.
    else
      failure =
        signal !== null || (run.queue !== undefined && signalIn(code) !== undefined)
          ? 'killed'
          : new Error(whyNotBegun(code));
  });
  const paths = runPaths(dir, run.id);
  let lookAt = performance.now() + LOOK_FOR_WRAPPER_MS;
  const isWrapperGone = (): boolean => {
    if (performance.now() < lookAt) return false;
    lookAt = performance.now() + LOOK_FOR_WRAPPER_MS;
    const wrapper = presentIn(readRecord(paths.wrapper, decodeIdentity));
    return wrapper !== undefined && !isAlive(wrapper);
  };
  for (const giveUpAt = performance.now() + DEFAULTS.startWindowMs; performance.now() < giveUpAt; await sleep(1)) {
    const ended = failure ?? (isWrapperGone() ? 'killed' : undefined); // read before the records, because a short run may be over by now
    // The records are read when one of them is there: reading all of them a dozen times took a fifth of a start.
    if (ended === undefined && !existsSync(paths.command) && !existsSync(paths.exit)) continue;
    const disk = readRun(dir, run.id);
    const exit = presentIn(disk.exit);
    if (presentIn(disk.command) !== undefined || ended === 'killed') return undefined;
    // The wrapper could not fork: see check_begun.
    if (exit?.cause === 'exit' && exit.code === 126)
      return Object.assign(new Error('it could not fork'), { code: 'EAGAIN' });
    if (exit !== undefined) return undefined;
    if (ended !== undefined) return ended;
  }
  return isError(failure) ? failure : undefined; // it may have ended while this process did not run
}

/** @param code of the starter, which is that of a wrapper that has not left it. So the command has not begun. */
function whyNotBegun(code: number | null): string {
  const signal = signalIn(code);
  return signal !== undefined
    ? `its shell was ended by signal ${signal} before the command began`
    : `its shell ended (${code}) before the command began, most often because no more processes are allowed (ulimit -u, pids.max)`;
}

/** The signal that has ended a wrapper, by the status of its starter. */
function signalIn(code: number | null): number | undefined {
  const signal = (code ?? 0) - 128;
  return signal > 0 && signal < 65 ? signal : undefined;
}

/** Narrows what only callbacks assign. */
function isError(failure: unknown): failure is Error {
  return failure instanceof Error;
}

/** Of a run that waited: a monitor that was suspended may go on after another one has started it, or after it was stopped. */
export function isBegunByAnother(dir: string, { id, queue }: RunRecord): boolean {
  return queue !== undefined && hasTurnBegun(dir, id);
}
