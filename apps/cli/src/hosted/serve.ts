import { rememberAncestors } from '@pm/operations';
import { usageError } from '../call/cli-error.ts';
import type { CliExit } from '../call/verb-call.ts';
import type { CliProcess } from '../process/cli-process.ts';
import type { Output } from '../process/sync-output.ts';
import { write } from '../process/write.ts';
import { quote } from '../text/shell-words.ts';
import { PROGRAM } from '../version.ts';
import { type CallJournal, findCall, openCall } from './call-journal.ts';
import { followCall } from './follow-call.ts';
import { HostedOutput } from './hosted-output.ts';
import { decodeRequest, type RemoteCall } from './request.ts';

/** The command line, which this file is loaded by. */
type Cli = (cliProcess: CliProcess) => Promise<CliExit>;

// Why: contributing/decisions/2026-11-29-another-host-by-ssh.md
/**
 * Makes the call of a pm on another host. With an id it is made once: who asks again with the same id gets the rest of its outputs and
 * its exit code, also while it goes on.
 * @param word what `encodeRequest` has made
 */
export async function serve(word: string | undefined, cliProcess: CliProcess, cli: Cli): Promise<CliExit> {
  const request = decodeRequest(word);
  if ('signal' in request) {
    (await findCall(request.id, cliProcess.env))?.signal(request.signal);
    return { exitCode: 0 };
  }
  for (const stream of [cliProcess.stdout, cliProcess.stderr])
    await write(stream, `${request.token} begin ${PROGRAM}\n`);
  const journal = request.id === undefined ? undefined : await journalOf(request.id, cliProcess);
  const isGone = request.input === 'held' ? callerIsGone(cliProcess.stdin) : new AbortController().signal;
  try {
    return journal?.isOurs === false
      ? await follow(journal, request, cliProcess, isGone)
      : await make(journal, request, cliProcess, isGone, cli);
  } finally {
    if (request.input === 'held') cliProcess.stdin.destroy();
  }
}

/** Without a journal a call could be made twice, so it is not made at all. */
async function journalOf(id: string, { env }: CliProcess): Promise<CallJournal> {
  try {
    return await openCall(id, env);
  } catch (error) {
    throw usageError(
      `the call cannot be kept on this host: ${(error as Error).message}; nothing was done`,
      'set XDG_STATE_HOME there to a folder that can be written',
    );
  }
}

/** Aborted at the end of the standard input, which the caller holds open for as long as it is there. */
function callerIsGone(stdin: CliProcess['stdin']): AbortSignal {
  const gone = new AbortController();
  for (const event of ['end', 'close', 'error']) stdin.once(event, () => gone.abort());
  stdin.resume();
  return gone.signal;
}

async function follow(
  journal: CallJournal,
  { from, token }: RemoteCall,
  { stdout, stderr }: CliProcess,
  gone: AbortSignal,
): Promise<CliExit> {
  const end = await followCall(journal, {
    from,
    gone,
    write: (stream, data) => write(stream === 'out' ? stdout : stderr, data),
  });
  if (end === 'abandoned') await write(stderr, `${token} abandoned\n`);
  return { exitCode: typeof end === 'number' ? end : 0, answered: true };
}

async function make(
  journal: CallJournal | undefined,
  request: RemoteCall,
  cliProcess: CliProcess,
  gone: AbortSignal,
  cli: Cli,
): Promise<CliExit> {
  const [out, err] = (['out', 'err'] as const).map((stream) => {
    const target: Output = stream === 'out' ? cliProcess.stdout : cliProcess.stderr;
    return new HostedOutput(target, stream, request.terminal[stream], journal);
  }) as [HostedOutput, HostedOutput];
  const abandonment = abandonAfter(request.lingerMs, journal, gone);
  if (request.session !== undefined) process.env['PM_SESSION'] = request.session;
  const areAncestorsThere = rememberAncestors();
  const { argv, cwd, execPath } = cliProcess;
  const hosted: CliProcess = {
    argv: [...argv.slice(0, 2), ...request.argv],
    env: process.env,
    cwd,
    execPath,
    on: cliProcess.on.bind(cliProcess),
    off: cliProcess.off.bind(cliProcess),
    get stdin() {
      return cliProcess.stdin;
    },
    stdout: out,
    stderr: err,
    caller: {
      invocation: request.invocation,
      isThere: () => areAncestorsThere() && !out.isBroken && !gone.aborted,
      enter: () => enter(request),
    },
  };
  const exit = await cli(hosted);
  const isAbandoned = abandonment.stop();
  journal?.end(isAbandoned ? 'abandoned' : exit.exitCode, !out.isBroken && !err.isBroken && !gone.aborted);
  return exit;
}

/** Goes to the directory of the call. ssh has begun in the home directory. */
function enter({ directory }: RemoteCall): void {
  if (directory === '') return;
  try {
    process.chdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'there is no such directory' : `it cannot be entered (${code})`;
    throw usageError(
      `${quote(directory)}: ${problem} on this host; nothing was done`,
      'make it there, or name another one behind the colon of --host',
    );
  }
}

/** Ends a wait whose caller is gone and does not come back: nobody would ever read it. */
function abandonAfter(
  lingerMs: number | undefined,
  journal: CallJournal | undefined,
  gone: AbortSignal,
): { stop(): boolean } {
  let timer: NodeJS.Timeout | undefined;
  let isAbandoned = false;
  const over = new AbortController();
  const look = (since: number, limitMs: number): void => {
    const idle = Date.now() - Math.max(since, journal?.touchedAt() ?? 0);
    if (idle < limitMs) {
      timer = setTimeout(look, limitMs - idle, since, limitMs);
      return;
    }
    isAbandoned = true;
    process.emit('SIGHUP', 'SIGHUP'); // as if its terminal had been closed
  };
  if (lingerMs !== undefined) gone.addEventListener('abort', () => look(Date.now(), lingerMs), { signal: over.signal });
  return {
    stop: () => {
      clearTimeout(timer);
      over.abort();
      return isAbandoned;
    },
  };
}
