import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as z from 'zod/mini';
import type { Check } from '../check.ts';

const Options = z.strictObject({ path: z.string().check(z.minLength(1)) });
type Options = z.infer<typeof Options>;

/** A directory exists and can be entered. */
export const directory: Check<Options> = {
  id: 'directory',
  title: 'the directory exists',
  options: Options,
  fromText: (path) => ({ path }),
  async inspect({ path }, { cwd }) {
    const at = resolve(cwd, path);
    try {
      if (!(await stat(at)).isDirectory()) return { state: 'fail', evidence: `${at} is not a directory` };
      await access(at, constants.R_OK | constants.X_OK);
      return { state: 'pass', evidence: `${at} can be entered` };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      return {
        state: 'fail',
        evidence: code === 'ENOENT' ? `${at} does not exist` : `${at} cannot be entered (${code})`,
      };
    }
  },
  remedies: ({ path }, { cwd }) => mkdirRemedies(resolve(cwd, path)),
};

/** `mkdir -p`, unless something else has that name. It can be repeated. */
export async function mkdirRemedies(at: string) {
  const isThere = await stat(at).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
  return isThere ? [] : [{ argv: ['mkdir', '-p', '--', at], safety: 'safe' as const }];
}
