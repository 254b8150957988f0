import { fileNameOf } from './file-name.ts';
import type { RunRecord } from './records/run.ts';

/**
 * The file name of a reader, which is told how runs end: the session of a host program if there is one, else a user at a terminal,
 * else a user. The owner of a run is such a reader.
 */
export function readerNameOf({ user, session, tty }: Pick<RunRecord['owner'], 'user' | 'session' | 'tty'>): string {
  if (session !== undefined) return fileNameOf(`session-${session}`);
  return fileNameOf(tty === undefined ? `user-${user}` : `terminal-${tty} ${user}`);
}
