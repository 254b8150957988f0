import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import type { Context } from './context.ts';

/**
 * The configuration of a directory of runs, for one call. Read it once and pass it on: a file that is edited meanwhile must not mix two
 * versions in one answer. A caller with bounds has read the file of its own directory already.
 * @returns undefined if there is no such file
 * @throws PmError `usage` if it cannot be read, or is not a valid configuration
 */
export async function projectConfig(dir: string, { bounds }: Pick<Context, 'bounds'>): Promise<Config | undefined> {
  if (bounds?.dir !== dir) return readConfig(dir);
  if (bounds.fault !== undefined) throw bounds.fault;
  return bounds.config;
}
