import { statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DiskSize } from '@pm/protocol';
import { formatSize } from '@pm/protocol/text';
import * as z from 'zod/mini';
import type { Check } from '../check.ts';

const Options = z.strictObject({
  path: z.optional(z.string().check(z.minLength(1))),
  free: z.optional(DiskSize),
  inodes: z.optional(z.int().check(z.gte(0))),
});
type Options = z.infer<typeof Options>;

const FREE_BYTES = 1024 ** 3;
const FREE_INODES = 1_000;

/** The file system has enough free bytes, and enough free inodes, without which no file can be created. */
export const disk: Check<Options> = {
  id: 'disk',
  title: 'the disk has enough space',
  options: Options,
  fromText: (text) => {
    // A word alone is a size, right or wrong: `zz` or `2Gib` as a folder would be reported as missing.
    const alone = /^(?:$|\.|\/)/.test(text) ? [undefined, text] : [undefined, undefined, text];
    const [, path, free] = /^(?:(.*) )?(-?\d+[A-Za-z]*)$/s.exec(text) ?? alone;
    return { ...(path && { path }), ...(free !== undefined && { free }) };
  },
  detect: () => ({}),
  async inspect({ path = '.', free = FREE_BYTES, inodes = FREE_INODES }, { cwd }) {
    const at = resolve(cwd, path);
    try {
      const { bavail, bsize, files, ffree } = await statfs(at);
      const bytes = bavail * bsize;
      // btrfs and some network file systems create inodes as needed and report a count of 0.
      const counts = files > 0;
      const has = `${at} has ${formatSize(bytes)}${counts ? ` and ${ffree} inodes` : ''} free`;
      if (bytes < free) return { state: 'fail', evidence: `${has}, less than ${formatSize(free)}` };
      if (counts && ffree < inodes) return { state: 'fail', evidence: `${has}, less than ${inodes} inodes` };
      return { state: 'pass', evidence: has };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return { state: 'fail', evidence: `${at} does not exist` };
      return { state: 'inconclusive', evidence: `the free space of ${at} cannot be read (${code})` };
    }
  },
};
