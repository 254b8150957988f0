import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { usageError } from '../call/cli-error.ts';
import { quote } from '../text/shell-words.ts';
import type { Destination } from './destination.ts';

type HostErrorCode = 'no-connection' | 'no-pm' | 'no-screen' | 'no-ssh' | 'unread-input';

/** An error of the way to a host. */
export function hostError(code: HostErrorCode, message: string, next: string): Error {
  return Object.assign(new Error(message), { code, next });
}

/** What ssh says where another try, without a person, would end the same. */
const HOPELESS =
  /Permission denied|Host key verification failed|HOST IDENTIFICATION HAS CHANGED|Too many authentication failures|Bad configuration option|no matching .* found|Unable to negotiate/i;
/** What ssh says where it has never reached the host. */
const UNREACHED = /^(?:ssh: )?(?:connect to (?:host|address)|Could not resolve hostname)|Name or service not known/im;

/** Whether another try would end the same. @param mayHaveBegun the host was there a moment ago */
export function isHopeless(why: string, mayHaveBegun: boolean): boolean {
  return HOPELESS.test(why) || (!mayHaveBegun && UNREACHED.test(why));
}

/** The last thing that ssh has said. */
export function lastLine(why: string): string {
  return (
    why
      .split('\n')
      .findLast((line) => line.trim() !== '')
      ?.trim() ?? ''
  );
}

/** pm is one folder without dependencies, so this very program can be copied. It needs Node.js there. @param main may be a link */
export function copyCall(host: string, main: string): string {
  const folder = dirname(realpathSync(main));
  const there =
    'mkdir -p .local/share/process-monitor .local/bin && tar -xf - -C .local/share/process-monitor && ln -sfn ../share/process-monitor/main.cjs .local/bin/pm';
  return `tar -cf - --exclude ./compiled -C ${quote(folder)} . | ssh ${quote(host)} ${quote(there)}`;
}

/** There is no pm on the host. @param path the PATH of commands there @param main the file of this program, which may be copied */
export function absentError({ host, written }: Destination, path: string, main: string): Error {
  return hostError(
    'no-pm',
    `there is no pm on ${written}: neither in ~/.local/bin nor on the PATH that ssh gives there (${path}). Copy this one, which needs Node.js there, or put the folder of pm on that PATH`,
    copyCall(host, main),
  );
}

/** A pm that did not say that it has begun. */
export function oldError({ host, written }: Destination, status: number, main: string): Error {
  return status === 127 || status === 126
    ? hostError(
        'no-pm',
        `pm is on ${written}, but could not be run (exit code ${status}): most likely Node.js is not on the PATH that ssh gives there`,
        `ssh ${quote(host)} node --version`,
      )
    : hostError('no-pm', `the pm on ${written} is too old for calls over ssh; copy this one`, copyCall(host, main));
}

/** What kept ssh from being started. */
export function sshError(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
    ? hostError(
        'no-ssh',
        'ssh is not installed on this machine, or is not on the PATH; nothing was done',
        'install OpenSSH, then call again',
      )
    : error;
}

/** The words of a call that are more than a command line of the host takes, in bytes. */
export function tooLongError(bytes: number, most: number, invocation: string): Error {
  return usageError(
    `the call takes ${bytes} bytes, and a host takes ${most} at most; nothing was done`,
    `put the command into a script on the host, then: ${invocation} start -- ./script.sh`,
  );
}
