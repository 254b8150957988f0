import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FOLDER_CAPABILITY } from '../identity.ts';
import { usageError } from './argument-error.ts';
import type { ServerEnvironment } from './tool-call.ts';

// Why: contributing/decisions/2026-11-29-one-folder-for-other-hosts.md
/** The existing folder that the host names in the `_meta` of a call; undefined if it names none. */
export function folderOfHost(meta: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const { sandboxCwd } = Object(meta?.[FOLDER_CAPABILITY]) as { sandboxCwd?: unknown };
  if (typeof sandboxCwd !== 'string' || !sandboxCwd.startsWith('file:///')) return undefined;
  try {
    const folder = fileURLToPath(sandboxCwd);
    return statSync(folder).isDirectory() ? folder : undefined;
  } catch {
    return undefined; // no valid address, or no such folder
  }
}

/**
 * The folder in which a call works: the one that the host has named, else that in which the server was started.
 * @throws an error of code `usage` if that is the folder of a plugin (`PLUGIN_ROOT`): its host replaces it with each version
 */
export function workingFolder(named: string | undefined, { cwd, env }: ServerEnvironment): string {
  if (named !== undefined) return named;
  const isOfPlugin = (env['PM_DIR'] ?? '') === '' && (env['PLUGIN_ROOT'] ?? '') !== '' && cwd === env['PLUGIN_ROOT'];
  if (!isOfPlugin) return cwd;
  throw usageError(
    'The host has started this server in the folder of its plugin, and does not say which folder is the project.',
    'tell the user to add pm-mcp as a server with PM_DIR set to the directory .pm of the project',
  );
}
