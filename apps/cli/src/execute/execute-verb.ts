import {
  type Context,
  closeInherited,
  type Issue,
  type OperationName,
  operations,
  rememberAncestors,
  residentCall,
} from '@pm/operations';
import { exitCodeOf, exitCodeOfConformance, exitCodeOfFindings, exitCodeOfPreflight } from '../call/exit-codes.ts';
import type { CliExit, VerbCall } from '../call/verb-call.ts';
import { VERBS } from '../call/verbs.ts';
import { flagsOf } from '../parse/flags.ts';
import { programsOf } from '../parse/missing-dashes.ts';
import { parseCall } from '../parse/parse-call.ts';
import type { Schema } from '../parse/schema.ts';
import type { CliProcess } from '../process/cli-process.ts';
import { ignoredSignals } from '../process/ignored-signals.ts';
import { invocationOf } from '../process/invocation.ts';
import { listenForSignals, signalNumber } from '../process/signals.ts';
import { styleOf, terminalOf } from '../process/terminal.ts';
import { workingDirectory } from '../process/working-directory.ts';
import { write } from '../process/write.ts';
import type { Rendering } from '../render/answer.ts';
import type { Style } from '../text/style.ts';
import { PROGRAM } from '../version.ts';
import { awaitAnswer } from './await-answer.ts';
import { type EventPrinter, eventPrinter } from './event-printer.ts';
import { type PrintedAnswer, printAnswer } from './print-answer.ts';

/** Any operation. `run` takes an input that has passed its schema. */
interface AnyOperation {
  readonly input: Schema & {
    readonly safeParse: (
      input: unknown,
    ) => { success: true; data: unknown } | { success: false; error: { issues: readonly Issue[] } };
  };
  readonly run: (input: never, context: Context) => Promise<PrintedAnswer>;
}

/** How often the live line of a terminal shows what is new. */
const LIVE_LINE_MS = 1_000;

/** Verbs that start programs of the project. For the others, the resident monitor is started without what we inherited. */
const STARTING: ReadonlySet<OperationName> = new Set(['start', 'run', 'ensure', 'up', 'batch', 'preflight']);

/** Verbs that may tell how a run has ended. So may a start that waits. */
const TELLING: ReadonlySet<OperationName> = new Set([
  'run',
  'ensure',
  'up',
  'wait',
  'batch',
  'status',
  'stop',
  'down',
  'recover',
]);

const STOPPING = 'pm: stopping the job; send the signal again to skip its grace period\n';

/**
 * Executes one verb: parses its arguments, runs the operation and prints the answer.
 * @throws a CliError, or what the operation throws
 */
export async function executeVerb(
  verb: OperationName,
  argv: readonly string[],
  cliProcess: CliProcess,
): Promise<CliExit> {
  const operation: AnyOperation = await operations[verb]();
  const invocation = invocationOf(cliProcess);
  const flags = flagsOf(operation.input);
  const { json, ...call } = parseCall({
    verb,
    form: VERBS[verb],
    flags,
    argv,
    invocation,
    isProgram: programsOf(cliProcess.env),
  });
  const parsed = operation.input.safeParse(call.input);
  if (!parsed.success) {
    const { inputError } = await import('../parse/input-error.ts'); // only a wrong call needs it
    throw inputError(call, flags, parsed.error.issues, invocation);
  }

  const isWatching = verb === 'ls' && call.input['watch'] === true;
  if (isWatching) (await import('./list-screen.ts')).assertWatchable(cliProcess, json, invocation);

  const tellsEndings = TELLING.has(verb) || call.input['wait'] === true || call.input['waitReady'] === true;
  const isAskerThere = tellsEndings ? (cliProcess.caller?.isThere ?? rememberAncestors()) : () => true;
  if (STARTING.has(verb)) closeInherited(); // also before the checks and git, which may leave a daemon
  const ignored =
    verb === 'run' || verb === 'start' || verb === 'ensure' || verb === 'up' || verb === 'wait'
      ? ignoredSignals(cliProcess)
      : [];
  const signals = listenForSignals(
    isWatching ? 'watch' : verb, // a list ends in milliseconds by itself, unless it is watched
    cliProcess,
    (interruption) => {
      if (verb === 'run' && interruption === 'end') void write(cliProcess.stderr, STOPPING);
    },
    ignored,
  );
  const opening = openOutput(call, json, cliProcess);
  const afterwards: (() => void)[] = [];
  const resident = residentCall(cliProcess.execPath);
  const context: Context = {
    ...workingDirectory(cliProcess),
    env: cliProcess.env,
    stdin: 0,
    signal: signals.end,
    endedBy: signals.first,
    ignoredSignals: () => ignored,
    force: signals.force,
    report: async (event) => (await opening).printer.report(event),
    ...(resident !== undefined && { resident }),
    program: PROGRAM,
    invocation,
    ...(cliProcess.stderr.isTTY === true && { reportEveryMs: LIVE_LINE_MS }),
    answered: (work) => void afterwards.push(work),
    tty: () => terminalOf(cliProcess),
  };
  const running = operation.run(parsed.data as never, context);
  running.catch(() => {}); // handled below; until then it must not count as unhandled
  const { style, rendering, printer } = await opening;
  try {
    const answer = await awaitAnswer(running, { call, invocation, signals, printer });
    if (answer === 'output-closed') return { exitCode: 0, hasUnfinishedWork: true };
    const endedBy = signals.first();
    await printer.erase();
    const isTaken = await printAnswer(
      answer,
      { call, json, style, rendering, isShown: printer.hasShown(), endedBy },
      cliProcess,
    );
    // A wait that a signal ended has told nobody. A run has: with Ctrl-C somebody asked for its end.
    const isTold = isTaken && (verb === 'run' || signals.first() === undefined);
    if (isTold && afterwards.length > 0 && isAskerThere()) for (const work of afterwards) work();
    const exitCode = exitCodeOfAnswer(call, answer, endedBy && signalNumber(endedBy));
    return { exitCode, hasUnfinishedWork: mayLeaveWork(answer), answered: true };
  } finally {
    await printer.erase();
    signals.dispose();
  }
}

function exitCodeOfAnswer(call: VerbCall, answer: PrintedAnswer, endedBy: number | undefined): number {
  if ('runs' in answer) return exitCodeOf(call, answer, endedBy);
  if ('text' in answer) return endedBy === undefined ? 0 : 128 + endedBy;
  if ('fixes' in answer) return exitCodeOfPreflight(answer);
  if ('promises' in answer) return exitCodeOfConformance(answer);
  return 'findings' in answer ? exitCodeOfFindings(answer.findings) : 0;
}

/**
 * Whether checks ran. They may leave a connection or a program that nobody waits for any more. An exit still waits for work in Node's
 * thread pool (a DNS lookup, a disk that does not answer), but the answer has been written by then.
 */
function mayLeaveWork(answer: PrintedAnswer): boolean {
  return 'fixes' in answer || ('runs' in answer && answer.findings !== undefined);
}

interface OutputSetup {
  readonly style: Style;
  readonly rendering: Rendering | undefined;
  readonly printer: EventPrinter;
}

/**
 * Loads the renderer and the terminal, which takes 4 ms, after the operation has spawned its process in the current turn. They are loaded
 * before the wait and not after it, because the awaited run may be the build that replaces this program's files.
 */
async function openOutput(call: VerbCall, json: boolean, cliProcess: CliProcess): Promise<OutputSetup> {
  await new Promise((resolve) => setImmediate(resolve));
  const rendering = json || call.input['oneline'] === true ? undefined : await import('../render/answer.ts');
  const style = styleOf(cliProcess.stdout, cliProcess, Date.now());
  return { style, rendering, printer: eventPrinter(call, rendering, style, cliProcess) };
}
