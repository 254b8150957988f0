import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { locateCommand } from '@pm/process';
import { withCount } from '@pm/protocol/text';
import * as z from 'zod/mini';
import { askProgram } from '../ask-program.ts';
import type { Check, CheckContext } from '../check.ts';

const Options = z.strictObject({});
type Options = z.infer<typeof Options>;

/** The first line of a pointer, by the specification of Git LFS. */
const POINTER = 'version https://git-lfs.github.com/spec/v1\n';
/** By the same specification, a pointer is shorter than this. */
const LONGEST_POINTER_BYTES = 1_024;
const MOST_FILES = 5_000;
const SHOWN = 3;

/** The files that Git LFS stores are there, and not only the short texts that point to them. */
export const gitLfs: Check<Options> = {
  id: 'git-lfs',
  title: 'the files of Git LFS are there',
  options: Options,
  fromText: () => ({}),
  detect: ({ cwd }) => (readFileSync(join(cwd, '.gitattributes'), 'utf8').includes('filter=lfs') ? {} : undefined),
  async inspect(_, context, signal) {
    const answer = await askProgram(['git', 'ls-files', '-z', ':(attr:filter=lfs)'], context, signal);
    if (answer.kind === 'failed') throw new Error(answer.why);
    if (answer.code !== 0) return { state: 'inconclusive', evidence: `git ls-files: ${answer.stderr.trim()}` };
    const files = answer.stdout.split('\0').filter((name) => name !== '');
    const pointers = files.slice(0, MOST_FILES).filter((name) => isPointer(join(context.cwd, name)));
    if (pointers.length === 0) return { state: 'pass', evidence: `${files.length} files, all downloaded` };
    const tool = hasLfs(context) ? '' : '; git-lfs is not on the PATH';
    return { state: 'fail', evidence: `not downloaded, only pointers: ${withCount(pointers, SHOWN)}${tool}` };
  },
  remedies: (_, context) => (hasLfs(context) ? [{ argv: ['git', 'lfs', 'pull'], safety: 'safe' }] : []),
};

function hasLfs({ cwd, env }: CheckContext): boolean {
  return locateCommand('git-lfs', cwd, env['PATH']).kind === 'found';
}

function isPointer(file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat?.isFile() !== true || stat.size >= LONGEST_POINTER_BYTES) return false;
  const head = Buffer.alloc(POINTER.length);
  const fd = openSync(file, 'r');
  try {
    return readSync(fd, head, 0, head.length, 0) === head.length && head.toString('latin1') === POINTER;
  } finally {
    closeSync(fd);
  }
}
