import { fstatSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { CliProcess } from './cli-process.ts';

/**
 * The signals that the caller of pm ignores, without `SIG`: HUP under nohup, and those of `trap '' INT` in the shell that called. Node
 * makes every signal deadly again when it starts, so what this process has inherited cannot be read any more; its parent can.
 */
export function ignoredSignals({ env }: Pick<CliProcess, 'env'>): readonly string[] {
  const ofParent = ignoredByParent();
  return ['HUP', 'INT', 'TERM'].filter((name) => ofParent.includes(name) || (name === 'HUP' && isUnderNohup(env)));
}

const BITS = { HUP: 1n << 0n, INT: 1n << 1n, TERM: 1n << 14n, TSTP: 1n << 19n } as const;

function ignoredByParent(): readonly string[] {
  try {
    const status = readFileSync(`/proc/${process.ppid}/status`, 'utf8');
    const mask = BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
    const names = Object.entries(BITS).flatMap(([name, bit]) => ((mask & bit) === 0n ? [] : [name]));
    // An interactive shell ignores TERM and TSTP itself, and its children do not.
    return names.includes('TSTP') ? names.filter((name) => name !== 'TERM') : names;
  } catch {
    return []; // no /proc
  }
}

/** bash and zsh leave the path of the program that they have called in `_`. nohup gives an unreadable input in place of a terminal. */
function isUnderNohup({ _ }: CliProcess['env']): boolean {
  if (basename(_ ?? '') === 'nohup') return true;
  try {
    return fstatSync(0).rdev === 0x103 && /^flags:\s*\d*1$/m.test(readFileSync('/proc/self/fdinfo/0', 'utf8'));
  } catch {
    return false;
  }
}
