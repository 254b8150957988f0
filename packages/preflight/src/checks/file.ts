import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DiskSize, Duration } from '@pm/protocol';
import { formatDuration, formatSize } from '@pm/protocol/text';
import * as z from 'zod/mini';
import type { Check } from '../check.ts';

const Options = z.strictObject({
  path: z.string().check(z.minLength(1)),
  minBytes: z.optional(DiskSize),
  maxBytes: z.optional(DiskSize),
  maxAge: z.optional(Duration),
});
type Options = z.infer<typeof Options>;

/** A regular file exists and can be read. If asked for, it is not too small, too large or too old. */
export const file: Check<Options> = {
  id: 'file',
  title: 'the file exists',
  options: Options,
  fromText: (path) => ({ path }),
  async inspect({ path, minBytes = 0, maxBytes = Infinity, maxAge: maxAgeMs = Infinity }, { cwd }) {
    const at = resolve(cwd, path);
    try {
      const found = await stat(at);
      const { size, mtimeMs } = found;
      if (!found.isFile()) return { state: 'fail', evidence: `${at} is not a regular file` };
      await access(at, constants.R_OK);
      if (size < minBytes)
        return { state: 'fail', evidence: `${at} has ${formatSize(size)}, less than ${formatSize(minBytes)}` };
      if (size > maxBytes)
        return { state: 'fail', evidence: `${at} has ${formatSize(size)}, more than ${formatSize(maxBytes)}` };
      const ageMs = Date.now() - mtimeMs;
      if (ageMs > maxAgeMs)
        return {
          state: 'fail',
          evidence: `${at} was last modified ${formatDuration(ageMs)} ago, more than ${formatDuration(maxAgeMs)}`,
        };
      return { state: 'pass', evidence: `${at}, ${formatSize(size)}` };
    } catch (error) {
      return { state: 'fail', evidence: `${at} ${whyUnreadable(error)}` };
    }
  },
};

function whyUnreadable(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
}
