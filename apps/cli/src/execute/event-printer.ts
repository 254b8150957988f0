import type { OperationEvent, RunView, Transition } from '@pm/operations';
import type { VerbCall } from '../call/verb-call.ts';
import type { CliProcess } from '../process/cli-process.ts';
import { write } from '../process/write.ts';
import type { Rendering } from '../render/answer.ts';
import { jsonLine } from '../text/plain-text.ts';
import { quote } from '../text/shell-words.ts';
import type { Style } from '../text/style.ts';
import { liveDisplay } from './live-display.ts';

export interface EventPrinter {
  readonly report: (event: OperationEvent) => Promise<void>;
  /** Takes the live line off the terminal. */
  readonly erase: () => Promise<void>;
  /** Settles when nobody reads the output any more. */
  readonly unread: Promise<'unread'>;
  /** The step, once one has started. */
  readonly step: () => string | undefined;
  /** Whether output has been shown already. */
  readonly hasShown: () => boolean;
}

/** Shows what happens while an operation runs. Without a rendering (`--json`) it keeps stdout free for the answer. */
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
  let step: string | undefined;
  let hasShown = false;
  let isLineOpen = false;
  let stopReading: (value: 'unread') => void = () => {};
  const unread = new Promise<'unread'>((resolve) => {
    stopReading = resolve;
  });

  const show = async (stream: 'log' | 'errors', bytes: Uint8Array): Promise<void> => {
    await display?.erase();
    hasShown = true;
    isLineOpen = bytes.at(-1) !== NEWLINE;
    const to = stream === 'errors' || rendering === undefined ? stderr : stdout;
    // What `run` shows is the command's own, byte for byte; a log that is read later is only text.
    const isRaw = call.verb === 'run' || rendering === undefined;
    const isRead = await write(to, isRaw ? bytes : rendering.plain(decoder.decode(bytes, { stream: true })));
    if (!isRead && to === stdout) stopReading('unread');
  };
  const begin = async (run: RunView): Promise<void> => {
    step = run.step;
    if (rendering === undefined) return;
    const line = rendering.startedLine(run, style);
    if (call.verb === 'run') await write(stderr, `pm: ${line}\n`);
    else await write(stdout, `${line}\n`);
  };
  const tellAttempt = async (run: RunView): Promise<void> => {
    if (rendering !== undefined) await write(stderr, `pm: ${rendering.attendedLine(run, style)}\n`);
  };
  const tellFix = async (argv: readonly string[]): Promise<void> => {
    if (rendering !== undefined) await write(stderr, `pm: fixing: ${rendering.plain(argv.map(quote).join(' '))}\n`);
  };
  const tell = async ({ at, change, run }: Transition): Promise<void> => {
    const line = rendering === undefined ? jsonLine({ at, change, run }) : rendering.transitionLine(change, run, style);
    if (!(await write(stdout, line))) stopReading('unread');
  };
  const report = (event: OperationEvent): Promise<void> => {
    switch (event.type) {
      case 'started':
        return begin(event.run);
      case 'attempt':
        return tellAttempt(event.run);
      case 'progress':
        return display?.show(event.run, event.lastLine) ?? Promise.resolve();
      case 'fixing':
        return tellFix(event.argv);
      case 'transition':
        return tell(event);
      case 'output':
        return show(event.stream, event.bytes);
    }
  };
  const erase = async (): Promise<void> => {
    await display?.erase();
    // What the command left unfinished on a terminal is not to run into what we say.
    if (call.verb !== 'run' || !isLineOpen || !stdout.isTTY || !stderr.isTTY) return;
    isLineOpen = false;
    await write(stderr, '\n');
  };
  return { report, erase, unread, step: () => step, hasShown: () => hasShown };
}

const NEWLINE = 10;

/** Only on a terminal that can erase it, and never into a job's own output on the same one. */
function showsLiveLine({ verb }: VerbCall, { stdout, stderr, env: { TERM } }: CliProcess): boolean {
  const isShared = (verb === 'run' || verb === 'logs') && stdout.isTTY === true;
  return stderr.isTTY === true && TERM !== 'dumb' && !isShared;
}
