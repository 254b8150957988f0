import { announcedSteps } from '@pm/monitor';
import { claimedSteps } from '@pm/protocol/fs';
import { readConfig } from '../config/read-config.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';

/**
 * The steps that have or had a run in a directory, for completions: names alone, no run is looked at and nothing is written.
 * @param named the directory of a call; undefined: that of the project
 * @returns sorted names. `configured` are those of pm.config.json: none if it has a fault
 */
export async function stepNames(
  named: string | undefined,
  context: Pick<Context, 'cwd' | 'env'>,
): Promise<{ readonly known: readonly string[]; readonly configured: readonly string[] }> {
  const dir = locateDirectory(named, context);
  const config = await readConfig(dir).catch(() => undefined);
  return {
    known: [...new Set([...claimedSteps(dir), ...announcedSteps(dir)])].sort(),
    configured: Object.keys(config?.steps ?? {}).sort(),
  };
}
