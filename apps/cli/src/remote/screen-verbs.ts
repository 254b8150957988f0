import { quote } from '../text/shell-words.ts';
import type { Destination } from './destination.ts';
import { hostError } from './host-errors.ts';

/** The port of the page there and here. Both are the same, because the server answers only to its own address. */
const PAGE_PORT = 8123;
/** Where the line that copies pm puts it; `ssh` does not have it on the PATH. */
const PATH = 'PATH="$HOME/.local/bin:$PATH"';

// Why: contributing/decisions/2026-11-29-another-host-by-ssh.md
/**
 * Refuses `pm top` and `pm web` for another host: the call has no terminal there, and the address of the page leads to this machine.
 * @throws a CliError with the line of `ssh` that shows them
 */
export function refuseScreens([verb = '', ...args]: readonly string[], { host, written }: Destination): void {
  if (args.includes('--help') || args.includes('-h')) return;
  if (verb === 'top')
    throw hostError(
      'no-screen',
      `pm top needs a terminal on ${written}, and --host gives it none; ssh does`,
      `ssh -t ${quote(host)} ${quote(`${PATH} pm top`)}`,
    );
  if (verb === 'web')
    throw hostError(
      'no-screen',
      `the page of ${written} can be opened only on ${written} itself, and --host forwards no port; ssh does`,
      `ssh -t -o ExitOnForwardFailure=yes -L ${PAGE_PORT}:127.0.0.1:${PAGE_PORT} ${quote(host)} ${quote(`${PATH} pm web --port ${PAGE_PORT}`)}`,
    );
}
