import { cutAround, openTerminal } from '@pm/output';
import { type RunRecord, runPaths } from '@pm/protocol';
import { followLog } from '@pm/wrapper';
import { firstLoggedAttempt } from '../runs/log-tail.ts';

/** A very long line loses its middle, so that it does not fill the memory: the text to find is short. */
const LONGEST_LINE = 65_536;

/** How much of the line is shown, in bytes. */
const SHOWN_BYTES = 240;

/**
 * The first line of the log of a run that contains `text`. The log is read from its first byte, as a terminal shows it: escape sequences
 * in and before the text do not hide it. A version of a line that was written over is found too.
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
  let found: string | undefined;
  const look = (line: string): void => {
    if (found === undefined && line.includes(text)) found = around(text, line);
  };
  const terminal = openTerminal({ longestLine: LONGEST_LINE, onReplaced: look });
  for await (const bytes of followLog(log, {
    ended,
    truncatedFile: truncated,
    signal,
    attempt: firstLoggedAttempt(run),
  })) {
    terminal.write(decoder.decode(bytes, { stream: true }));
    for (const line of [...terminal.takeClosed(), ...terminal.open()]) look(line.text);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The line as it is shown: of a long line, the part around the text. */
function around(text: string, line: string): string {
  return cutAround(line, line.indexOf(text), SHOWN_BYTES + Buffer.byteLength(text)).trim();
}
