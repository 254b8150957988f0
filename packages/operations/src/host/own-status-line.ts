import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../project/context.ts';
import { bytesAt } from './replace-file.ts';

/**
 * The file in which the user or the project has a status line for Claude Code, which ours would hide; undefined if there is none. A file that
 * only seems to have one counts as well.
 */
export function ownStatusLine(home: string, env: Context['env']): string | undefined {
  const { CLAUDE_CONFIG_DIR, HOME = homedir() } = env;
  const files = [
    join(CLAUDE_CONFIG_DIR ?? join(HOME, '.claude'), 'settings.json'),
    join(home, '.claude/settings.json'),
  ];
  return files.find((file) => /"statusLine"\s*:/.test(bytesAt(file) ?? ''));
}
