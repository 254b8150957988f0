import { fileNameOf } from './file-name.ts';
import type { RunRecord } from './records/run.ts';

/**
 * Who is told of endings, as the name of a file: a host's session if there is one, else a user at a terminal, else the user.
 * The owner of a run is such a reader.
 */
export function readerNameOf({ user, session, tty }: Pick<RunRecord['owner'], 'user' | 'session' | 'tty'>): string {
  if (session !== undefined) return fileNameOf(`session-${session}`);
  return fileNameOf(tty === undefined ? `user-${user}` : `terminal-${tty} ${user}`);
}
