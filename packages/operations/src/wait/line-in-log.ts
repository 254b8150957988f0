import { openLineSearch } from '@pm/output';
import { type RunRecord, runPaths } from '@pm/protocol';
import { followLog } from '@pm/wrapper';
import { firstLoggedAttempt } from '../runs/log-tail.ts';

/**
 * The first line of the log of a run that contains `text`. The log is read from its first byte, as a terminal shows it: escape sequences
 * in and before the text do not hide it. A version of a line that was written over is found too.
 * @returns undefined if the run ended, or the signal aborted, before there was one
 */
export async function awaitLine(
  dir: string,
  run: RunRecord,
  text: string,
  ended: () => boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { log, truncated } = runPaths(dir, run.id);
  const search = openLineSearch(text);
  for await (const bytes of followLog(log, {
    ended,
    truncatedFile: truncated,
    signal,
    attempt: firstLoggedAttempt(dir, run),
  })) {
    const line = search.write(bytes);
    if (line !== undefined) return line;
  }
  return undefined;
}
