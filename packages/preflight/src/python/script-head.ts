import { closeSync, openSync, readSync } from 'node:fs';

/** How a script says what runs it. */
export interface ScriptHead {
  /** Its first line as it stands there, without the line end. */
  readonly line: string;
  /** What is to run it; undefined where the script finds that out by itself. */
  readonly interpreter: string | undefined;
  /** `kernel`: the `#!` itself. `sh`: the detour over /bin/sh that installers write where the path is too long or has a space. */
  readonly by: 'kernel' | 'sh';
}

/** More than the longest path that the detour can hold. */
const HEAD_BYTES = 8_192;

/** The head of a script; undefined for what has no `#!`, is no readable file, or is not there. */
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

/** The head of a script from how its text begins. */
export function scriptHeadOf(text: string): ScriptHead | undefined {
  if (!text.startsWith('#!')) return undefined;
  const [line = '', second = ''] = text.split('\n', 2);
  if (/^#![ \t]*\/bin\/sh[ \t]*$/.test(line) && second.startsWith("'''exec' "))
    return { line, interpreter: execedBy(second), by: 'sh' };
  const [, interpreter = ''] = /^#![ \t]*([^ \t]*)/.exec(line) ?? [];
  return { line, interpreter, by: 'kernel' };
}

/** `'''exec' "/a b/python" "$0" "$@"`: pip quotes as little as it can, uv always, and a relocatable one computes the path. */
function execedBy(line: string): string | undefined {
  const [, double, single, plain] = /^'''exec' (?:"([^"$`\\]+)"|'([^']+)'|([^ "'$`\\]+)) "\$0"/.exec(line) ?? [];
  return double ?? single ?? plain;
}
