import { type Output, syncOutput } from './sync-output.ts';

/** The parts of `process` that the command line uses: arguments, environment, streams and signals. */
export interface CliProcess extends Pick<NodeJS.Process, 'argv' | 'env' | 'cwd' | 'execPath' | 'on' | 'off' | 'stdin'> {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Who calls from another host. */
  readonly caller?: RemoteCaller;
}

/** The caller of a pm that another pm runs over ssh. */
export interface RemoteCaller {
  /** How the caller writes `pm` for this host. */
  readonly invocation: string;
  /** Whether somebody reads what is written, as far as that is known. */
  isThere(): boolean;
  /** Goes to the directory of the call. @throws a CliError of code `usage` */
  enter(): void;
}

/** Verbs that write for a long time. With a synchronous write a slow reader would keep them from handling a signal. */
const LONG_WRITING = new Set(['run', 'logs', 'watch']);

/** `process` for a call: with synchronous output where that is possible. */
export function cliProcessOf(process: NodeJS.Process): CliProcess {
  const [, , verb = ''] = process.argv;
  if (LONG_WRITING.has(verb) || verb.startsWith('--host')) return process;
  const { argv, env, execPath } = process;
  return {
    argv,
    env,
    execPath,
    cwd: process.cwd,
    on: process.on.bind(process),
    off: process.off.bind(process),
    get stdin() {
      return process.stdin;
    },
    stdout: syncOutput(1) ?? process.stdout,
    stderr: syncOutput(2) ?? process.stderr,
  };
}
