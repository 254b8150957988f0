import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { encodeJson, runPaths } from '@pm/protocol';

const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
/** A job can put a FIFO or a link in the place of its events. Never wait for a FIFO, never follow a link. */
const TO_APPEND = O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK;

/**
 * Appends a line to the run's `events`. It is one write(2) with O_APPEND, so lines of several monitors never mix.
 * Never throws: on a full disk the line is lost and nothing else.
 */
export function appendEvent(dir: string, runId: string, by: string, event: string, details: object = {}): void {
  try {
    const line = encodeJson({ v: 1, at: Date.now(), event, by, ...details });
    const fd = openSync(runPaths(dir, runId).events, TO_APPEND, 0o600);
    try {
      writeFileSync(fd, line);
    } finally {
      closeSync(fd);
    }
  } catch {
    // Events are for reading only. No verdict rests on them.
  }
}
