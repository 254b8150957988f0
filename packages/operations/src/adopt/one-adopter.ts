import { setTimeout as sleep } from 'node:timers/promises';
import type { Identity } from '@pm/process';
import { livingMarks, putMark } from '../sets/marks.ts';

const PAUSE_MS = 20;

// Why: contributing/decisions/2026-11-29-an-adopted-process.md
/**
 * Does something while no other call adopts the same process, in whichever directory. Each call writes its mark first and looks for those of
 * others then, so of two calls at least one sees the other. It takes its mark back, and tries again when no other one is there.
 * If no mark can be written (a full disk), nobody is kept away.
 * @param folder where the marks of all calls of this user are
 */
export async function asOnlyAdopter<T>(
  folder: string,
  { pid, startTime }: Identity,
  signal: AbortSignal,
  act: () => Promise<T>,
): Promise<T> {
  const prefix = `${pid}.${startTime}.`;
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    const others = livingMarks(folder, prefix);
    const mark = others.length === 0 ? putMark(folder, prefix) : undefined;
    const isAlone = others.length === 0 && livingMarks(folder, prefix).every((path) => path === mark?.path);
    try {
      if (isAlone) return await act();
    } finally {
      mark?.takeBack();
    }
    await sleep(Math.ceil(Math.random() * PAUSE_MS * Math.min(tries, 10)), undefined, { signal });
  }
}
