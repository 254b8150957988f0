import { renderTerminal } from '@pm/output';
import { type RunRecord, runPaths } from '@pm/protocol';
import { followLog } from '@pm/wrapper';
import { firstLoggedAttempt } from '../runs/log-tail.ts';

/** How much of a line without an end is kept, in characters: the text to find is short. */
const LONGEST_LINE = 65_536;

/** How many characters before and after the text are shown. */
const AROUND = 120;

/**
 * The first line of the log of a run that contains `text`. The log is read from its first byte.
 * Plain text, not a pattern: a pattern that backtracks would block the wait, so that it misses the end.
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
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of followLog(log, {
    ended,
    truncatedFile: truncated,
    signal,
    attempt: firstLoggedAttempt(run),
  })) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    const line = lines.find((candidate) => candidate.includes(text));
    if (line !== undefined) return around(text, line);
    rest = (lines.at(-1) ?? '').slice(-LONGEST_LINE);
  }
  return undefined;
}

/** The line as it is shown: of a long line, the part around the text. */
function around(text: string, line: string): string {
  const at = line.indexOf(text);
  return renderTerminal(line.slice(Math.max(0, at - AROUND), at + text.length + AROUND)).trim();
}
