import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Situation } from '../state/situation.ts';
import { type GitReader, readGitTree, type TimeWindow } from './git-tree.ts';

/** The work that a situation is taken of. */
export interface FingerprintInput {
  /** The working directory; git is asked about the repository that it is in. */
  readonly cwd: string;
  /** The command; absent for a script. */
  readonly argv?: readonly string[] | undefined;
  /** The findings of checks of the environment, as any text that stays the same while they do. */
  readonly findings?: string | undefined;
  /** A folder whose files do not count: the one that holds the records of runs. */
  readonly ignore?: string | undefined;
}

// Why: contributing/decisions/2026-11-24-when-a-breaker-looks.md
/**
 * Takes the situation, as hashes: the command and its directory; git's HEAD with size and mtime of changed and untracked files; the
 * findings. Never throws, and takes a few seconds at most.
 * @param failures when the failed runs were running: an untracked file written in that time is their output and does not count
 * @param records the breaker's own folder, which does not count either
 * @param git runs git; by default each call is a process
 */
export async function fingerprint(
  input: FingerprintInput,
  failures: readonly TimeWindow[] = [],
  records?: string,
  git?: GitReader,
): Promise<Situation> {
  const { cwd, argv, findings, ignore } = input;
  const folders = [ignore, records].flatMap((folder) => (folder === undefined ? [] : [realPath(folder)]));
  const seen = await readGitTree(cwd, { ignore: folders, failures, git });
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
