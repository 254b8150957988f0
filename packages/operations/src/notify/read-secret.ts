import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Context } from '../project/context.ts';

/** A secret, or why it cannot be read. Neither is ever quoted with the other. */
export type SecretText = { readonly text: string } | { readonly fault: string };

const MAX_BYTES = 4_096;

/** The value of a variable of the start. */
export function secretInVariable(name: string, env: Context['env']): SecretText {
  const text = env[name]?.trim();
  return text ? { text } : { fault: `the variable ${name} is not set` };
}

/** The first line of a file. Like a key of ssh(1), it must be readable by its owner only. */
export function secretInFile(file: string, home: string): SecretText {
  const path = resolve(home, file);
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return { fault: `${path} is not a file` };
    if ((stat.mode & 0o077) !== 0) return { fault: `${path} can be read by others (chmod 600 it)` };
    if (stat.size > MAX_BYTES) return { fault: `${path} has more than ${MAX_BYTES} bytes` };
    const [text = ''] = readFileSync(path, 'utf8').trim().split('\n');
    return text === '' ? { fault: `${path} is empty` } : { text: text.trim() };
  } catch (error) {
    return { fault: `${path} cannot be read (${(error as NodeJS.ErrnoException).code})` };
  }
}
