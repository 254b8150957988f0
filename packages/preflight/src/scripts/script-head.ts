import { closeSync, openSync, readSync } from 'node:fs';
import { interpreterOf } from '../../assets/shell-words.mjs';

/** The lines of a script that name its interpreter. */
export interface ScriptHead {
  /** Its first line, without the line end. */
  readonly line: string;
  /** The interpreter; undefined if the script computes it. */
  readonly interpreter: string | undefined;
  /** `kernel`: the `#!` line names the interpreter. `sh`: installers use /bin/sh to start it if the path is too long or has a space. */
  readonly by: 'kernel' | 'sh';
}

/** More than the longest path in such a script. */
const HEAD_BYTES = 8_192;

/** The head of a script; undefined for a file that has no `#!`, cannot be read or does not exist. */
export function readScriptHead(file: string): ScriptHead | undefined {
  try {
    const fd = openSync(file, 'r');
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      return scriptHeadOf(head.toString('utf8', 0, readSync(fd, head, 0, HEAD_BYTES, 0)));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** The head of a script from the beginning of its text. Pure. */
export function scriptHeadOf(text: string): ScriptHead | undefined {
  if (!text.startsWith('#!')) return undefined;
  const [line = '', second = ''] = text.split('\n', 2);
  if (/^#![ \t]*\/bin\/sh[ \t]*$/.test(line) && second.startsWith("'''exec' "))
    return { line, interpreter: interpreterOf(second), by: 'sh' };
  const [, interpreter = ''] = /^#![ \t]*([^ \t]*)/.exec(line) ?? [];
  return { line, interpreter, by: 'kernel' };
}
