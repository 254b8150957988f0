import { rmSync } from 'node:fs';
import { closeInherited, ownSecret, residentCall, stateFolder } from '@pm/operations';
import { usageError } from '../call/cli-error.ts';
import type { CliExit } from '../call/verb-call.ts';
import type { CliProcess } from '../process/cli-process.ts';
import { invocationOf } from '../process/invocation.ts';
import { workingDirectory } from '../process/working-directory.ts';
import { write, writeAnswer } from '../process/write.ts';
import { PROGRAM } from '../version.ts';
import { openPage } from './open-page.ts';
import { ownPort } from './own-port.ts';
import { isServed, servePage } from './page-server.ts';
import { type WebOptions, webOptions } from './web-options.ts';

/**
 * Serves the page until a signal ends it.
 * @param args the words after `pm web`
 * @throws a CliError of code `usage` for a wrong option, a port that is taken, or a user without a state folder
 */
export async function web(args: readonly string[], cliProcess: CliProcess): Promise<CliExit> {
  const invocation = invocationOf(cliProcess);
  const options = webOptions(args, invocation);
  closeInherited(); // else what starts this server would be held by every run that the page starts
  const state = stateFolder(cliProcess.env);
  if (state === undefined)
    throw usageError(
      'pm web cannot keep the key of its page: you have no state folder',
      'set HOME or XDG_STATE_HOME to an absolute path',
    );
  const ended = new Promise<void>((resolve) => {
    // Before the address is printed, because a reader of it may send a signal at once.
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) cliProcess.on(name, () => resolve());
  });
  const { address, close } = await listening(options, state, cliProcess, invocation);
  await writeAnswer(cliProcess.stdout, options.json ? `${JSON.stringify({ address })}\n` : `${address}\n`);
  const forget = options.open ? openPage(address, `${state}/web-open.html`) : undefined;
  await ended;
  close();
  forget?.();
  return { exitCode: 0, hasUnfinishedWork: true };
}

// Why: contributing/decisions/2026-11-29-who-sees-the-page.md
async function listening(
  { port, readOnly }: WebOptions,
  state: string,
  cliProcess: CliProcess,
  invocation: string,
): ReturnType<typeof servePage> {
  const { env, execPath } = cliProcess;
  const { cwd } = workingDirectory(cliProcess);
  const resident = residentCall(execPath);
  const environment = { cwd, env, program: PROGRAM, invocation, ...(resident !== undefined && { resident }) };
  const file = `${state}/${readOnly ? 'web-key-read-only' : 'web-key'}`; // else who may only look could open the other page
  const secretIn = await ownSecret();
  const key = secretIn(file);
  const usual = port ?? ownPort(key);
  try {
    return await servePage(environment, { port: usual, key, readOnly });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const why = code === 'EACCES' ? 'you may not listen on it' : 'somebody listens there already';
    if (port !== undefined) throw usageError(`pm web: port ${usual}: ${why}`, `${invocation} who ${usual}`);
  }
  const isOurs = await isServed(usual, key);
  // A page that was opened or reloaded meanwhile has sent its key there.
  if (!isOurs) rmSync(file, { force: true });
  const why = isOurs
    ? `the page is served already, at http://127.0.0.1:${usual}/${key}/; this is one more, on another port`
    : `its usual port ${usual} is in use, so it listens on another one. The page has a new address, because another program may have seen the old one`;
  await write(cliProcess.stderr, `pm web: ${why}.\n`);
  return servePage(environment, { port: 0, key: secretIn(file), readOnly });
}
