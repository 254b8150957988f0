import { Writable } from 'node:stream';
import { cli } from '../src/cli.ts';

/** What a call wrote, and how it ended. */
export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Calls the whole command line in this process, as `pm` into two pipes. */
export async function call(...argv: string[]): Promise<Ended> {
  const out: string[] = [];
  const err: string[] = [];
  const cliProcess = {
    argv: ['node', '/usr/bin/pm', ...argv],
    env: {},
    cwd: () => '/',
    stdout: into(out),
    stderr: into(err),
    on: () => {},
    off: () => {},
  };
  const { exitCode } = await cli(cliProcess as never);
  return { status: exitCode, out: out.join(''), err: err.join('') };
}

function into(chunks: string[]): Writable {
  return new Writable({
    write: (chunk, _encoding, done) => {
      chunks.push(String(chunk));
      done();
    },
  });
}
