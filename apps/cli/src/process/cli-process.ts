import { type Output, syncOutput } from './sync-output.ts';

/** What a call has to do with the process it runs in: its words, its surroundings, where to write, and which signals come. */
export interface CliProcess extends Pick<NodeJS.Process, 'argv' | 'env' | 'cwd' | 'execPath' | 'on' | 'off' | 'stdin'> {
  readonly stdout: Output;
  readonly stderr: Output;
}

/** What they write goes on for long: a reader that is slow must not keep them from hearing a signal. */
const FOLLOWING = new Set(['run', 'logs', 'watch']);

/** The cliProcess of this process. */
export function cliProcessOf(process: NodeJS.Process): CliProcess {
  if (FOLLOWING.has(process.argv[2] ?? '')) return process;
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
