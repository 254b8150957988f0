import type { Answer, BatchEnding, BatchProgress, OperationEvent, RunView, Transition } from '@pm/operations';
import type { VerbCall } from '../call/verb-call.ts';
import type { CliProcess } from '../process/cli-process.ts';
import { write } from '../process/write.ts';
import type { Rendering } from '../render/answer.ts';
import { jsonLine } from '../text/plain-text.ts';
import { quote } from '../text/shell-words.ts';
import type { Style } from '../text/style.ts';
import type { ListScreen } from './list-screen.ts';
import { liveDisplay } from './live-display.ts';
import { liveTable } from './live-table.ts';

/** What shows the events of an operation while it runs. */
export interface EventPrinter {
  readonly report: (event: OperationEvent) => Promise<void>;
  /** Removes the live line from the terminal. */
  readonly erase: () => Promise<void>;
  /** Resolves when nobody reads the output any more. */
  readonly outputClosed: Promise<'output-closed'>;
  /** The step of the run that was started; undefined before. */
  readonly startedStep: () => string | undefined;
  /** Whether output of a job has been shown. */
  readonly hasShown: () => boolean;
}

/** Prints the events of a running operation. Without a rendering (`--json`) it leaves stdout to the answer. */
export function eventPrinter(
  call: VerbCall,
  rendering: Rendering | undefined,
  style: Style,
  cliProcess: CliProcess,
): EventPrinter {
  const { stdout, stderr } = cliProcess;
  const decoder = new TextDecoder();
  const display =
    rendering !== undefined && showsLiveLine(call, cliProcess) ? liveDisplay(rendering, style, stderr) : undefined;
  const table = display !== undefined ? liveTable(stderr) : undefined;
  let screen: ListScreen | undefined;
  let step: string | undefined;
  let hasShown = false;
  let isLineOpen = false;
  let isBatchHeld = false;
  let closeOutput: (value: 'output-closed') => void = () => {};
  const outputClosed = new Promise<'output-closed'>((resolve) => {
    closeOutput = resolve;
  });

  const printOutput = async (stream: 'log' | 'errors', bytes: Uint8Array): Promise<void> => {
    await display?.erase();
    hasShown = true;
    isLineOpen = bytes.at(-1) !== NEWLINE;
    const to = stream === 'errors' || rendering === undefined ? stderr : stdout;
    // `run` passes the command's output on byte by byte. A log that is read later is stripped of control characters.
    const isRaw = call.verb === 'run' || rendering === undefined;
    const isRead = await write(to, isRaw ? bytes : rendering.plain(decoder.decode(bytes, { stream: true })));
    if (!isRead && to === stdout) closeOutput('output-closed');
  };
  const printStart = async (run: RunView): Promise<void> => {
    step = run.step;
    if (rendering === undefined) return;
    const line = rendering.startedLine(run, style);
    if (call.verb === 'run') await write(stderr, `pm: ${line}\n`);
    else await write(stdout, `${line}\n`);
  };
  const printAttempt = async (run: RunView): Promise<void> => {
    if (rendering !== undefined) await write(stderr, `pm: ${rendering.liveRunLine(run, style)}\n`);
  };
  const printFix = async (argv: readonly string[]): Promise<void> => {
    if (rendering !== undefined) await write(stderr, `pm: fixing: ${rendering.plain(argv.map(quote).join(' '))}\n`);
  };
  const printTrouble = async (message: string): Promise<void> => {
    await write(stderr, `pm: ${rendering === undefined ? message : rendering.plain(message)}\n`);
  };
  const printTransition = async ({ at, change, run }: Transition): Promise<void> => {
    const line = rendering === undefined ? jsonLine({ at, change, run }) : rendering.transitionLine(change, run, style);
    if (!(await write(stdout, line))) closeOutput('output-closed');
  };
  /** On a terminal the table has what succeeds, and only other endings get a line that stays. */
  const printBatch = async (progress: BatchProgress, ended: BatchEnding | undefined): Promise<void> => {
    if (rendering === undefined) return;
    if (ended !== undefined && (table === undefined || ended.outcome !== 'success')) {
      await table?.erase();
      if (!(await write(stdout, rendering.batchEndingLine(progress, ended, style)))) closeOutput('output-closed');
    }
    // Without a terminal: once for each time that it waits. The words may change every second.
    if (table === undefined && !isBatchHeld && progress.why !== undefined)
      await write(stderr, `pm: waiting: ${rendering.plain(progress.why)}\n`);
    isBatchHeld = progress.why !== undefined;
    await table?.show(rendering.batchTable(progress, { ...style, columns: stderr.columns || 80 }));
  };
  const printList = async (answer: Answer): Promise<void> => {
    if (rendering === undefined) return;
    if (call.verb === 'ls') {
      screen ??= (await import('./list-screen.ts')).listScreen(call, rendering, cliProcess);
      screen.show(answer);
    } else await table?.show(awaitedOn(answer, rendering));
  };
  /** The first lines of the awaited runs: a table that is higher than the terminal could not be erased. */
  const awaitedOn = ({ runs }: Answer, { awaitedLines }: Rendering): readonly string[] => {
    const { columns = 80, rows = 24 } = stderr;
    const lines = awaitedLines(runs, { ...style, person: true, columns: columns - 1 });
    const most = Math.max(rows - 2, 2);
    return lines.length <= most ? lines : [...lines.slice(0, most - 1), `… ${lines.length - most + 1} more`];
  };
  const report = (event: OperationEvent): Promise<void> => {
    switch (event.type) {
      case 'started':
        return printStart(event.run);
      case 'attempt':
        return printAttempt(event.run);
      case 'progress':
        return display?.show(event.run, event.lastLine) ?? Promise.resolve();
      case 'fixing':
        return printFix(event.argv);
      case 'trouble':
        return printTrouble(event.message);
      case 'transition':
        return printTransition(event);
      case 'batch':
        return printBatch(event.progress, event.ended);
      case 'list':
        return printList(event.answer);
      case 'output':
        return printOutput(event.stream, event.bytes);
    }
  };
  const erase = async (): Promise<void> => {
    await display?.erase();
    await table?.erase();
    screen?.leave();
    // If the command left an unfinished line on the terminal, end it before pm writes its own.
    if (call.verb !== 'run' || !isLineOpen || !stdout.isTTY || !stderr.isTTY) return;
    isLineOpen = false;
    await write(stderr, '\n');
  };
  return { report, erase, outputClosed, startedStep: () => step, hasShown: () => hasShown };
}

const NEWLINE = 10;

/** A live line needs a terminal that can erase it, and no job output on the same terminal. */
function showsLiveLine({ verb }: VerbCall, { stdout, stderr, env: { TERM } }: CliProcess): boolean {
  const isShared = (verb === 'run' || verb === 'logs') && stdout.isTTY === true;
  return stderr.isTTY === true && TERM !== 'dumb' && !isShared;
}
