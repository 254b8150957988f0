import type { PreparedCheck } from '@pm/preflight';
import { type Identity, type Listener, listenersOn, startedAtMs } from '@pm/process';

/** `startedAtMs` is precise to 20 ms on Linux and to 1 s on macOS. */
const SURELY_OLDER_MS = process.platform === 'linux' ? 50 : 2_000;

// Why: contributing/decisions/2026-11-29-ready-is-a-check-that-passes.md
/**
 * Whether another process answers the checks of a run: one that is older than its command, so the command cannot have started it.
 * @param command the command of the run
 * @returns the evidence (`port 3000 is held by node (pid 4242), which is older than this run`); undefined if one of those who listen may
 *   be of the run, or if that cannot be known, because the port is on another machine or another user holds it
 */
export function strangerThatAnswers(prepared: readonly PreparedCheck[], command: Identity): string | undefined {
  const beganMs = startedAtMs(command);
  if (beganMs === undefined) return undefined;
  for (const { host, port } of prepared.flatMap(localPortOf)) {
    const holders = listenersOn(port)
      .filter(({ address }) => answersAt(address, host))
      .flatMap(({ holders: known }): (Listener['holders'][number] | undefined)[] =>
        known.length === 0 ? [undefined] : [...known],
      );
    const [first] = holders;
    const isOlder = (holder: Identity | undefined): boolean => {
      const holderMs = holder === undefined ? undefined : startedAtMs(holder);
      return holderMs !== undefined && holderMs < beganMs - SURELY_OLDER_MS;
    };
    if (first !== undefined && holders.every(isOlder))
      return `port ${port} is held by ${first.command} (pid ${first.pid}), which is older than this run`;
  }
  return undefined;
}

/** The port of this machine that a check asks; none if it asks something else. */
function localPortOf({ check, options }: PreparedCheck): { readonly host: string; readonly port: number }[] {
  const { host = 'localhost', port, url } = Object(options) as { host?: string; port?: number; url?: string };
  if (check.id === 'tcp' && typeof port === 'number') return isLocal(host) ? [{ host, port }] : [];
  if (check.id !== 'http' || url === undefined || !URL.canParse(url)) return [];
  const { hostname, port: written, protocol } = new URL(url);
  const name = hostname.replace(/^\[|\]$/g, '');
  return isLocal(name) ? [{ host: name, port: Number(written) || (protocol === 'https:' ? 443 : 80) }] : [];
}

function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '0.0.0.0' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Whether who listens on this address would get a connection to the host. */
function answersAt(address: string, host: string): boolean {
  if (host === 'localhost') return true;
  if (host === '::1') return address === '::1' || address === '::';
  return address === host || address === '0.0.0.0' || address === '::' || host === '0.0.0.0';
}
