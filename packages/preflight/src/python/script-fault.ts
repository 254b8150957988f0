import { locateCommand, resolveCommand } from '@pm/process';
import type { CheckContext } from '../check.ts';
import { readScriptHead } from './script-head.ts';

/** Linux reads this much of a script to find its interpreter (BINPRM_BUF_SIZE, less the end of the line). */
const KERNEL_BYTES = 255;

/** Why a program cannot be run where it is, in one line with its shebang as evidence; undefined if it can. A program that is no script has none. */
export function scriptFault(file: string, { cwd, env }: CheckContext): string | undefined {
  const head = readScriptHead(file);
  if (head?.by === 'sh') {
    if (head.interpreter === undefined) return undefined;
    const found = locateCommand(head.interpreter, cwd, env['PATH']);
    return found.kind === 'found' ? undefined : `${file} hands itself to ${head.interpreter}: ${found.why}`;
  }
  if (head?.interpreter === '') return `${file} has a #! line that names no interpreter`;
  const [read = ''] = /^#![ \t]*[^ \t]*/.exec(head?.line ?? '') ?? [];
  const bytes = Buffer.byteLength(read);
  // The kernel refuses a script whose interpreter it cannot read whole (ENOEXEC), whereupon most callers feed it to /bin/sh.
  if (bytes > KERNEL_BYTES)
    return `${file} names its interpreter in ${bytes} bytes, and the kernel reads ${KERNEL_BYTES}: ${read.slice(0, 60)}…`;
  const resolution = resolveCommand(file, cwd, env['PATH']);
  return resolution.kind === 'found' ? undefined : resolution.why;
}
