import { usageError } from '../call/cli-error.ts';
import { quote } from '../text/shell-words.ts';

/** Where a call goes: a host as ssh(1) takes it, and a directory there. */
export interface Destination {
  /** As the caller wrote it, for messages and for the calls that answers propose. */
  readonly written: string;
  readonly host: string;
  /** Relative to the home directory of the user there. Empty: that home directory. */
  readonly directory: string;
}

/** ssh hands the name of a host on to `ProxyCommand` and `Match exec`, which a shell reads. */
const UNSAFE = /[\s\p{Cc}'"`$\\;&<>|(){}*?!#]/u;

/**
 * Reads `gpu`, `user@gpu:/srv/train`, `[::1]:work` or `ssh://user@gpu:2222/srv/train`.
 * @throws a CliError of code `usage`, also for a host that ssh would read as an option
 */
export function destinationOf(written: string, invocation: string): Destination {
  const { host, directory } = partsOf(written);
  const next = `${invocation} --host user@gpu:/srv/train ls`;
  if (host === '') throw usageError(`--host ${quote(written)} names no host`, next);
  if (/(?:^|@|\/)-/.test(host)) throw usageError(`--host ${quote(written)}: a host cannot begin with a dash`, next);
  if (UNSAFE.test(host)) throw usageError(`--host ${quote(written)}: this is no name of a host`, next);
  if (directory.includes('\0')) throw usageError(`--host ${quote(written)}: this is no directory`, next);
  return { written, host, directory };
}

function partsOf(written: string): Pick<Destination, 'host' | 'directory'> {
  const [, authority, path = ''] = /^ssh:\/\/([^/]*)(\/.*)?$/s.exec(written) ?? [];
  if (authority !== undefined)
    return { host: authority === '' ? '' : `ssh://${authority}`, directory: path === '/' ? '' : path };
  const [, user, address, behind = ''] = /^([^[\]:/]*@)?\[([^\]]*)\](?::(.*))?$/s.exec(written) ?? [];
  if (address !== undefined) return { host: `${user ?? ''}${address}`, directory: fromHome(behind) };
  const colon = written.indexOf(':');
  return colon < 0
    ? { host: written, directory: '' }
    : { host: written.slice(0, colon), directory: fromHome(written.slice(colon + 1)) };
}

/** A shell would have replaced the tilde; no shell reads this path. */
function fromHome(path: string): string {
  return path.replace(/^~(?:\/+|$)/, '');
}
