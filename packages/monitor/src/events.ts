import { appendFileSync } from 'node:fs';
import { encodeJson, runPaths } from '@pm/protocol';

/** Adds a line to the run's `events`. One write(2) with O_APPEND: lines of several monitors never mix. A full disk loses the line, nothing else. */
export function noteEvent(dir: string, runId: string, by: string, event: string, details: object = {}): void {
  try {
    appendFileSync(runPaths(dir, runId).events, encodeJson({ v: 1, at: Date.now(), event, by, ...details }), {
      mode: 0o600,
    });
  } catch {
    // Events tell the story; the records decide.
  }
}
