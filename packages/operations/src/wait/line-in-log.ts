import { type RunRecord, runPaths } from '@pm/protocol';
import { followLog } from '@pm/wrapper';
import { firstLoggedAttempt } from '../runs/log-tail.ts';
import { plainText } from '../shape/plain-text.ts';

/** Of a line without an end this much is kept: what is looked for in it is a marker, not a novel. */
const LONGEST_LINE = 65_536;

/** Characters before and after the text that are told with it. */
const AROUND = 120;

/**
 * The first line of a run's log that has `text` in it, looked for from the first byte on.
 * A plain text, no pattern: one that backtracks would keep the wait from hearing of the end.
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

/** The line as it is told: of a long one what is around the text. */
function around(text: string, line: string): string {
  const at = line.indexOf(text);
  return plainText(line.slice(Math.max(0, at - AROUND), at + text.length + AROUND), {
    carriageReturn: 'overwrite',
  }).trim();
}
