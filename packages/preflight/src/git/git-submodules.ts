import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { withCount } from '@pm/protocol/text';
import * as z from 'zod/mini';
import { askProgram } from '../ask-program.ts';
import type { Check, CheckContext } from '../check.ts';

const Options = z.strictObject({});
type Options = z.infer<typeof Options>;

/** Every submodule of the repository is checked out. `git clone` leaves their folders empty. */
export const gitSubmodules: Check<Options> = {
  id: 'git-submodules',
  title: 'the submodules are checked out',
  options: Options,
  fromText: () => ({}),
  detect: ({ cwd }) => (existsSync(join(cwd, '.gitmodules')) && existsSync(join(cwd, '.git')) ? {} : undefined),
  async inspect(_, context, signal) {
    const paths = await submodulesOf(context, signal);
    if (paths === undefined) return { state: 'skip', evidence: 'there are no submodules here' };
    const empty = paths.filter((path) => isEmpty(join(context.cwd, path)));
    return empty.length === 0
      ? { state: 'pass', evidence: `${paths.length} checked out` }
      : { state: 'fail', evidence: `not checked out: ${withCount(empty, 4)}` };
  },
  async remedies(_, context, signal) {
    const empty = ((await submodulesOf(context, signal)) ?? []).filter((path) => isEmpty(join(context.cwd, path)));
    // Only the empty ones: an update would move others off the commit that somebody works on.
    return empty.length === 0
      ? []
      : [{ argv: ['git', 'submodule', 'update', '--init', '--', ...empty], safety: 'safe' as const }];
  },
};

/** The paths in .gitmodules, without those that git is told to leave out (`update = none`); undefined if there is none. */
async function submodulesOf(context: CheckContext, signal: AbortSignal): Promise<string[] | undefined> {
  const argv = ['git', 'config', '--file', '.gitmodules', '--null', '--list'];
  const answer = await askProgram(argv, context, signal);
  if (answer.kind === 'failed') throw new Error(answer.why);
  if (answer.code !== 0) return undefined;
  const entries = answer.stdout.split('\0').flatMap((pair) => {
    const [, name = '', key = '', value = ''] = /^submodule\.(.*)\.(path|update)\n(.*)$/s.exec(pair) ?? [];
    return key === '' ? [] : [{ name, key, value }];
  });
  const unused = new Set(
    entries.filter(({ key, value }) => key === 'update' && value === 'none').map(({ name }) => name),
  );
  return entries.filter(({ name, key }) => key === 'path' && !unused.has(name)).map(({ value }) => value);
}

function isEmpty(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch {
    return true;
  }
}
