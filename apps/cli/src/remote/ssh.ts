import { createHash } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { stateFolder } from '@pm/operations';
import { OVER_SSH, type RemoteInput } from '../hosted/request.ts';

/** The way to a host: what ssh is told in each call. */
export interface SshRoute {
  readonly host: string;
  /** The socket of the shared connection; undefined if there can be none. */
  readonly socket: string | undefined;
  /** A folder of this user alone. */
  readonly folder: string | undefined;
}

/** sun_path has 104 bytes on macOS and 108 on Linux, and ssh binds to a name that is 17 longer. */
const MOST_SOCKET_BYTES = 103 - 17;

/** Where the shared connection of this host is. Makes its folder. */
export function routeTo(host: string, env: NodeJS.ProcessEnv): SshRoute {
  const folder = ownFolder(env);
  if (folder === undefined) return { host, socket: undefined, folder };
  const socket = `${folder}/${createHash('sha256').update(host).digest('hex').slice(0, 12)}`;
  // ssh reads `~` and `${…}` in this path.
  const isUsable = Buffer.byteLength(socket) <= MOST_SOCKET_BYTES && !/[~$"]/.test(socket);
  return { host, socket: isUsable ? socket : undefined, folder };
}

/** Whoever may write into this folder gets what we send to the host, so it belongs to this user alone. */
function ownFolder(env: NodeJS.ProcessEnv): string | undefined {
  const state = stateFolder(env);
  if (state === undefined) return undefined;
  try {
    mkdirSync(`${state}/ssh`, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(`${state}/ssh`);
    return uid === process.getuid?.() && (mode & 0o077) === 0 ? `${state}/ssh` : undefined;
  } catch {
    return undefined;
  }
}

/** The options of every ssh. What the user's ssh_config says about the host counts as well. */
function optionsOf({ socket }: SshRoute): string[] {
  const options = {
    ControlMaster: socket === undefined ? 'no' : 'auto',
    ControlPersist: '10m',
    ConnectTimeout: '10',
    // A dead connection is noticed after 15 seconds.
    ServerAliveInterval: '5',
    ServerAliveCountMax: '3',
    LogLevel: 'ERROR',
    ClearAllForwardings: 'yes',
    RemoteCommand: 'none',
  };
  return [
    ...['-T', '-S', socket?.replaceAll('%', '%%') ?? 'none'],
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  ];
}

/** The arguments that run a command there. Nobody is asked for a password. @param log the file for what ssh itself has to say */
export function callArguments(route: SshRoute, command: string, log: string): string[] {
  return [...optionsOf(route), '-o', 'BatchMode=yes', '-E', log, '--', route.host, command];
}

/** The arguments that open the shared connection, in which ssh may ask the person at the terminal. */
export function openingArguments(route: SshRoute): string[] {
  return [...optionsOf(route), '-fN', '--', route.host];
}

/** The arguments that ask whether the shared connection is open. */
export function checkArguments(route: SshRoute): string[] {
  return [...optionsOf(route), '-O', 'check', '--', route.host];
}

/** A command of the shell there may have 128 KiB (MAX_ARG_STRLEN of Linux). */
export const MOST_COMMAND_BYTES = 131_000;

/**
 * The command line for the login shell there, which may be a POSIX shell, fish or csh: all of them read these words alike. The words of
 * the call are encoded. It finds pm, runs it, and says in a mark how it ended, because ssh has the same status for a lost connection.
 */
export function remoteCommand(verb: string, word: string, token: string, input: RemoteInput): string {
  const script = [
    't=$1; shift; p=$(command -v pm) || p=$HOME/.local/bin/pm',
    `if [ -x "$p" ]; then "$p" "$@"${input === 'none' ? ' </dev/null' : ''}; s=$?`,
    'else s=127; echo "$t absent $PATH" >&2; fi',
    'echo "$t end $s"; echo "$t end $s" >&2; exit $s',
  ].join('; ');
  return `exec /bin/sh -c '${script}' pm ${token} ${verb} ${OVER_SSH} ${word}`;
}
