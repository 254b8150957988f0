import { open, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod/mini';
import type { Check } from '../check.ts';
import { mkdirRemedies } from './directory.ts';

const Options = z.strictObject({ path: z.string().check(z.minLength(1)) });
type Options = z.infer<typeof Options>;

/** Large enough to need a block on the disk. */
const PROBE = Buffer.alloc(4_096, 'pm preflight\n');

/** A directory is writable: this writes a file there, because mode bits do not show a read-only mount, a quota or a full disk. */
export const writable: Check<Options> = {
  id: 'writable',
  title: 'the directory is writable',
  options: Options,
  fromText: (path) => ({ path: path === '' ? '.' : path }),
  async inspect({ path }, { cwd }) {
    const at = resolve(cwd, path);
    const probe = join(at, `.pm-writable-${crypto.randomUUID()}`);
    try {
      if (!(await stat(at)).isDirectory()) return { state: 'fail', evidence: `${at} is not a directory` };
      await writeProbe(probe);
      return { state: 'pass', evidence: `wrote, synced and renamed a file in ${at}` };
    } catch (error) {
      const { code, syscall } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      const what = code === 'ENOENT' && syscall === 'stat' ? 'does not exist' : (WHY[code ?? ''] ?? 'is not writable');
      return { state: 'fail', evidence: `${at} ${what} (${syscall}: ${code})` };
    } finally {
      await Promise.all([probe, `${probe}.renamed`].map((name) => rm(name, { force: true }).catch(() => {})));
    }
  },
  remedies: ({ path }, { cwd }) => mkdirRemedies(resolve(cwd, path)),
};

const WHY: Readonly<Record<string, string>> = {
  EROFS: 'is on a read-only file system',
  ENOSPC: 'is on a full file system',
  EDQUOT: 'is over its quota',
  EACCES: 'is not writable for you',
};

async function writeProbe(probe: string): Promise<void> {
  const file = await open(probe, 'wx', 0o600);
  try {
    await file.writeFile(PROBE);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(probe, `${probe}.renamed`);
}
