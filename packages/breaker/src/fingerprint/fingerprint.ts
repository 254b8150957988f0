import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Situation } from '../state/situation.ts';
import { readGitTree, type TimeWindow } from './git-tree.ts';

/** Where somebody is about to work, and what is known of the failures before. */
export interface FingerprintInput {
  readonly cwd: string;
  /** The command; absent for a script that only asks. */
  readonly argv?: readonly string[] | undefined;
  /** What was found in the environment, in any form that is the same as long as it is. */
  readonly findings?: string | undefined;
  /** A directory whose files are nobody's work: the one that holds our records. */
  readonly ignore?: string | undefined;
}

// Why: contributing/decisions/2026-11-24-when-a-breaker-looks.md
/**
 * What could cause a failure here, as hashes: the command and its directory, git's HEAD, size and mtime of changed and untracked files,
 * findings. It never throws and takes seconds at most.
 * @param failures when the failed runs ran: what is untracked and was written meanwhile is their own output, and no change
 * @param records the breaker's own folder: a record is no change either
 */
export async function fingerprint(
  place: FingerprintInput,
  failures: readonly TimeWindow[] = [],
  records?: string,
): Promise<Situation> {
  const { cwd, argv, findings, ignore } = place;
  const folders = [ignore, records].flatMap((folder) => (folder === undefined ? [] : [realPath(folder)]));
  const seen = await readGitTree(cwd, { ignore: folders, failures });
  return {
    ...(argv !== undefined && { call: hashOf(JSON.stringify([argv, cwd])) }),
    ...(seen !== undefined && { [seen.untracked === 'all' ? 'tree' : 'tracked']: hashOf(seen.text) }),
    ...(findings !== undefined && { findings: hashOf(findings) }),
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
