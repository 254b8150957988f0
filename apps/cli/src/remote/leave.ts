import { interruptedError } from '../call/cli-error.ts';
import type { RemoteSignal } from '../hosted/request.ts';
import type { CliProcess } from '../process/cli-process.ts';
import { ignoredSignals } from '../process/ignored-signals.ts';
import { signalNumber } from '../process/signals.ts';

/** How the signals of a caller reach a call on another host. */
export interface LeaveListener {
  /** Rejects with a CliError when the call ends here, whatever goes on there. */
  readonly left: Promise<never>;
  /** Aborted then. */
  readonly aborted: AbortSignal;
  /** Set while a call goes on there that can be told of a signal. Its answer ends this call. */
  forward: ((name: RemoteSignal['signal']) => void) | undefined;
  dispose(): void;
}

const NAMES = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The first signal is told to the pm there, which answers as it would here: `run` cancels its job, every other verb only stops waiting.
 * A second one ends the call here (for `run` and `worker` a third one: the second ends what runs at once). So does a closed terminal.
 * @param next the call that goes on with it
 */
export function listenForLeave(cliProcess: CliProcess, verb: string, host: string, next: string): LeaveListener {
  const ignored = ignoredSignals(cliProcess);
  const most = verb === 'run' || verb === 'worker' ? 2 : 1;
  const aborting = new AbortController();
  let nth = 0;
  let leave: (error: Error) => void = () => {};
  const left = new Promise<never>((_, reject) => {
    leave = reject;
  });
  left.catch(() => {}); // nobody may be waiting for it
  const onSignal = (name: (typeof NAMES)[number]): void => {
    if (ignored.includes(name.slice(3))) return;
    if (listener.forward !== undefined && name !== 'SIGHUP' && ++nth <= most) {
      listener.forward(name);
      return;
    }
    const message = `${name} ended pm here; what runs on ${host} goes on`;
    leave(interruptedError(message, next, { exitCode: 128 + signalNumber(name), hasUnfinishedWork: true }));
    aborting.abort();
  };
  for (const name of NAMES) cliProcess.on(name, onSignal);
  const listener: LeaveListener = {
    left,
    aborted: aborting.signal,
    forward: undefined,
    dispose: () => NAMES.forEach((name) => void cliProcess.off(name, onSignal)),
  };
  return listener;
}
