import { locateCommand, resolveCommand } from '@pm/process';
import type { CheckContext } from '../check.ts';
import { readScriptHead } from './script-head.ts';

/** How much of a script Linux reads to find its interpreter (BINPRM_BUF_SIZE, minus the end of the line). */
const KERNEL_BYTES = 255;

/** Why a program cannot run, in one line with its shebang as evidence; undefined if it can. A program without a shebang has no such fault. */
export function scriptFault(file: string, { cwd, env }: CheckContext): string | undefined {
  const head = readScriptHead(file);
  if (head?.by === 'sh') {
    if (head.interpreter === undefined) return undefined;
    const found = locateCommand(head.interpreter, cwd, env['PATH']);
    return found.kind === 'found' ? undefined : `${file} is run by ${head.interpreter}: ${found.why}`;
  }
  if (head?.interpreter === '') return `${file} has a #! line without an interpreter`;
  const [read = ''] = /^#![ \t]*[^ \t]*/.exec(head?.line ?? '') ?? [];
  const bytes = Buffer.byteLength(read);
  // If the path of the interpreter is longer, the kernel refuses the script (ENOEXEC), and most callers then run it with /bin/sh.
  if (bytes > KERNEL_BYTES)
    return `the #! line of ${file} has ${bytes} bytes, and the kernel reads only ${KERNEL_BYTES}: ${read.slice(0, 60)}…`;
  const resolution = resolveCommand(file, cwd, env['PATH']);
  return resolution.kind === 'found' ? undefined : resolution.why;
}
