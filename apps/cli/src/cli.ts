import { environmentFault } from '@pm/operations';
import { cliErrorOf, errorText, exitOverrideOf } from './call/cli-error.ts';
import { exitCodeOfError } from './call/exit-codes.ts';
import type { CliExit } from './call/verb-call.ts';
import { isVerb, isView, type ViewName } from './call/verbs.ts';
import { executeVerb } from './execute/execute-verb.ts';
import type { CliProcess } from './process/cli-process.ts';
import { invocationOf } from './process/invocation.ts';
import { workingDirectory } from './process/working-directory.ts';
import { write, writeAnswer } from './process/write.ts';
import { version } from './version.ts';

/** The whole command line. An error becomes one message and an exit code; nothing is thrown. */
export async function cli(cliProcess: CliProcess): Promise<CliExit> {
  const argv = cliProcess.argv.slice(2);
  try {
    return await answer(argv, cliProcess);
  } catch (fault) {
    const error = environmentFault(fault);
    const cliError = cliErrorOf(error, cliProcess.env, invocationOf(cliProcess));
    const isWritten =
      hasFlag(argv, '--json') && (await write(cliProcess.stdout, `${JSON.stringify({ error: cliError })}\n`));
    if (!isWritten) await write(cliProcess.stderr, errorText(cliError));
    return { exitCode: exitCodeOfError(cliError.code), ...exitOverrideOf(error) };
  }
}

async function answer(argv: readonly string[], cliProcess: CliProcess): Promise<CliExit> {
  await refuseWhatIsNotUtf8(cliProcess);
  cliProcess.caller?.enter();
  const [first = 'help', ...rest] = argv;
  if (rest[0] === '--over-ssh' && cliProcess.caller === undefined)
    return (await import('./hosted/serve.ts')).serve(rest[1], cliProcess, cli);
  if (argv.some((word) => word.startsWith('--host')) && cliProcess.caller === undefined) {
    const { callOtherHost } = await import('./remote/call-host.ts');
    const exit = await callOtherHost(argv, cliProcess);
    if (exit !== undefined) return exit;
  }
  if (first === '--version' || first === '-V') return show(`${version}\n`, cliProcess);
  if (first === 'help' || first === '--help' || first === '-h') return help(rest, cliProcess);
  if (first === 'completion') return completion(rest, cliProcess);
  if (isView(first)) return view(first, rest, cliProcess);
  if (!isVerb(first)) throw await unknownVerbError(first, rest, cliProcess);
  if (hasFlag(rest, '--help') || hasFlag(rest, '-h')) return help([first], cliProcess);
  return executeVerb(first, rest, cliProcess);
}

/** Loads its code only where Node.js shows a U+FFFD, which may stand for bytes that are not UTF-8. */
async function refuseWhatIsNotUtf8(cliProcess: CliProcess): Promise<void> {
  const { argv, env } = cliProcess;
  if (!`${argv.slice(2).join('')}${env['PM_DIR'] ?? ''}`.includes('\uFFFD')) return;
  (await import('./process/not-utf8.ts')).refuseWhatIsNotUtf8(cliProcess);
}

async function help([verb]: readonly string[], cliProcess: CliProcess): Promise<CliExit> {
  const pages = await import('./help/page.ts');
  if (verb === undefined || verb.startsWith('-')) return show(await pages.overview(), cliProcess);
  if (verb === 'completion') return completion(['--help'], cliProcess);
  if (isVerb(verb)) return show(await pages.verbPage(verb), cliProcess);
  if (isView(verb)) return show(await pages.viewPage(verb), cliProcess);
  throw await unknownVerbError(verb, ['--help'], cliProcess);
}

/** Its code is loaded only when it is needed. */
async function view(name: ViewName, rest: readonly string[], cliProcess: CliProcess): Promise<CliExit> {
  if (hasFlag(rest, '--help') || hasFlag(rest, '-h')) return help([name], cliProcess);
  switch (name) {
    case 'top':
      return (await import('./top/top.ts')).top(rest, cliProcess);
    case 'web':
      return (await import('./web/web.ts')).web(rest, cliProcess);
  }
}

/** Its code is loaded only when it is needed. */
async function completion(args: readonly string[], cliProcess: CliProcess): Promise<CliExit> {
  const asksForHelp = hasFlag(args, '--help') || hasFlag(args, '-h');
  const { completionHelp, completionText } = await import('./completion/completion.ts');
  if (asksForHelp) return show(completionHelp, cliProcess);
  const place = { ...workingDirectory(cliProcess), env: cliProcess.env };
  return show(await completionText(args, place, invocationOf(cliProcess)), cliProcess);
}

/** Its code is loaded only when it is needed. */
async function unknownVerbError(word: string, rest: readonly string[], cliProcess: CliProcess): Promise<Error> {
  const [{ unknownVerb }, { programsOf }] = await Promise.all([
    import('./parse/unknown-verb.ts'),
    import('./parse/missing-dashes.ts'),
  ]);
  return unknownVerb(word, rest, invocationOf(cliProcess), programsOf(cliProcess.env));
}

async function show(text: string, cliProcess: CliProcess): Promise<CliExit> {
  await writeAnswer(cliProcess.stdout, text);
  return { exitCode: 0 };
}

/** Whether the words before `--` have this flag. The words after it belong to the user's command. */
function hasFlag(argv: readonly string[], flag: string): boolean {
  const dashes = argv.indexOf('--');
  return argv.slice(0, dashes < 0 ? undefined : dashes).includes(flag);
}
