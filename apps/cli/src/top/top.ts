import { type Context, residentCall } from '@pm/operations';
import { usageError } from '../call/cli-error.ts';
import type { CliExit } from '../call/verb-call.ts';
import type { CliProcess } from '../process/cli-process.ts';
import { invocationOf } from '../process/invocation.ts';
import { listenForSignals, signalNumber } from '../process/signals.ts';
import { styleOf, terminalOf } from '../process/terminal.ts';
import { workingDirectory } from '../process/working-directory.ts';
import { PROGRAM } from '../version.ts';
import { acknowledge, type Done, extendRun, stopRun } from './ask/act.ts';
import { feed } from './ask/feed.ts';
import { lookAtSelected } from './ask/look-at.ts';
import { frame } from './draw/frame.ts';
import { directoryIn } from './options.ts';
import type { TopEffect } from './state/key.ts';
import { onEvent, type TopEvent } from './state/on-event.ts';
import { onKey } from './state/on-key.ts';
import { firstState, type TopState } from './state/state.ts';
import { fullScreen } from './terminal/full-screen.ts';
import { listenForKeys } from './terminal/keyboard.ts';
import { onSuspend } from './terminal/suspend.ts';

/** The screen is drawn at most this often. Milliseconds. */
const DRAWN_EVERY_MS = 50;
const TICK_MS = 1_000;
/** A terminal sends this when Ctrl-C is pressed in raw mode; a shell expects it of a program that was interrupted. */
const INTERRUPTED = 130;

/**
 * Shows all runs of the user in the terminal until somebody leaves it.
 * @param args the words after `pm top`
 * @throws a CliError of code `usage` without a terminal
 */
export async function top(args: readonly string[], cliProcess: CliProcess): Promise<CliExit> {
  const invocation = invocationOf(cliProcess);
  const dir = directoryIn(args, invocation);
  const { stdin, stdout } = terminalIn(cliProcess, invocation);
  const screen = fullScreen(stdin, stdout);
  const leaving = new AbortController();
  const resident = residentCall(cliProcess.execPath);
  const context: Context = {
    ...workingDirectory(cliProcess),
    env: cliProcess.env,
    signal: leaving.signal,
    ...(resident !== undefined && { resident }),
    program: PROGRAM,
    invocation,
    tty: () => terminalOf(cliProcess),
  };
  const style = styleOf(stdout, cliProcess, Date.now());

  let state: TopState = firstState(screen.size(), Date.now());
  let drawing: NodeJS.Timeout | undefined;
  const attention = lookAtSelected(context, happened);

  const draw = (): void => {
    drawing = undefined;
    screen.show(frame(state, { ...styleOf(stdout, cliProcess, state.now), columns: state.size.columns }));
  };
  const become = (next: TopState): void => {
    if (next === state) return;
    state = next;
    attention.follow(state);
    drawing ??= setTimeout(draw, DRAWN_EVERY_MS);
  };
  function happened(event: TopEvent): void {
    become(onEvent(state, event));
  }

  const exitCode = await new Promise<number>((end, fail) => {
    const signals = listenForSignals('watch', cliProcess, (_, name) => end(128 + signalNumber(name)));
    const tell = (work: Promise<Done>): void => {
      work.then(
        ({ text, tone, view, leftAlone }) => {
          if (view !== undefined) happened({ type: 'change', at: Date.now(), runs: [view] }); // the overview tells it later
          if (leftAlone !== undefined) happened({ type: 'left alone', run: leftAlone });
          happened({ type: 'note', text, tone });
        },
        (error: Error) => happened({ type: 'note', text: error.message, tone: 'bad' }),
      );
    };
    const suspension = onSuspend(cliProcess, screen, () => {
      happened({ type: 'resize', size: screen.size() });
      draw();
    });
    const perform = (effect: TopEffect): void => {
      if (effect.type === 'quit') end(effect.isInterrupt ? INTERRUPTED : 0);
      if (effect.type === 'suspend') suspension.suspend();
      if (effect.type === 'redraw') {
        screen.forget();
        draw();
      }
      if (effect.type === 'earlier') attention.earlier(state);
      const run = 'key' in effect ? state.runs.get(effect.key)?.run : undefined;
      if (run === undefined) return;
      if (effect.type === 'stop') tell(stopRun(run, context, style));
      if (effect.type === 'extend') tell(extendRun(run, effect.limit, context, style));
      if (effect.type === 'acknowledge') tell(acknowledge(run, context));
    };
    const stopKeys = listenForKeys(stdin, (key) => {
      const answer = onKey(state, key);
      become(answer.state);
      if (answer.effect !== undefined) perform(answer.effect);
    });
    const onResize = (): void => happened({ type: 'resize', size: screen.size() });
    const onGone = (): void => end(128 + signalNumber('SIGHUP')); // the terminal was closed
    const ticking = setInterval(() => happened({ type: 'tick', at: Date.now() }), TICK_MS);
    cliProcess.on('exit', screen.leave);
    cliProcess.on('uncaughtException', fail); // until the end: a second error must not hide the first
    stdout.on('resize', onResize);
    stdin.on('end', onGone);
    stdin.on('error', onGone);
    leaving.signal.addEventListener('abort', () => {
      signals.dispose();
      suspension.dispose();
      stopKeys();
      clearInterval(ticking);
      clearTimeout(drawing);
      attention.end();
      stdout.off('resize', onResize);
      stdin.off('end', onGone);
      stdin.pause();
      screen.leave();
    });
    screen.enter();
    draw();
    void show();
    async function show(): Promise<void> {
      try {
        for await (const event of feed(dir, context)) happened(event);
      } catch (error) {
        if (!leaving.signal.aborted) fail(error);
      }
    }
  }).finally(() => leaving.abort());
  return { exitCode, hasUnfinishedWork: true };
}

/** The terminal that pm was called in. */
function terminalIn(
  { stdin, stdout, env }: CliProcess,
  invocation: string,
): { readonly stdin: NodeJS.ReadStream; readonly stdout: NodeJS.WriteStream } {
  const instead = `${invocation} ls --everywhere`;
  if (stdin?.isTTY !== true || stdout.isTTY !== true)
    throw usageError('pm top needs a terminal for its input and its output', instead);
  if (env['TERM'] === 'dumb') throw usageError('pm top cannot move the cursor of this terminal (TERM=dumb)', instead);
  return { stdin, stdout: stdout as unknown as NodeJS.WriteStream };
}
