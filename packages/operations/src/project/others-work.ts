import { openWork, queuedSteps } from '@pm/protocol/fs';
import type { Context } from './context.ts';
import { isOwnDirectory } from './known-directories.ts';

/** What to say of a directory with unfinished work that nobody goes on with, because this user has started nothing there. */
export function notesOnOthersWork(dir: string, env: Context['env']): string[] {
  const hasWork = openWork(dir).length > 0 || queuedSteps(dir).length > 0;
  if (!hasWork || isOwnDirectory(dir, env)) return [];
  return [
    `${dir} has unfinished work, but you have started nothing there: it may have come with the files of the project. It is left alone until you start a run there. Or delete ${dir}.`,
  ];
}
