import type { OperationName } from '@pm/operations';
import type { CliProcess } from './cli-process.ts';

const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
export type SignalName = keyof typeof NUMBERS;

/** What a signal to pm means. */
export type Interruption =
  /** Finish: `run` cancels its job, everything else only stops waiting for it. */
  | 'end'
  /** Skip the grace period. */
  | 'force'
  /** Go at once; the job stays as it is. */
  | 'leave';

/** What the nth signal means. Only `run` is attached to its job, and a hangup is no wish to cancel it. */
export function interruptionOf(verb: OperationName, name: SignalName, nth: number): Interruption {
  if (verb === 'run' && name === 'SIGHUP') return 'leave';
  if (nth === 1) return 'end';
  return verb === 'run' && nth === 2 ? 'force' : 'leave';
}

export interface SignalListener {
  readonly end: AbortSignal;
  readonly force: AbortSignal;
  /** Settles when we are to go at once. */
  readonly leave: Promise<SignalName>;
  /** The first signal, if there was one. */
  readonly first: () => SignalName | undefined;
  /** Stops listening. */
  readonly dispose: () => void;
}

/** Listens for the signals that end a call. */
export function listenForSignals(
  verb: OperationName,
  cliProcess: Pick<CliProcess, 'on' | 'off'>,
  tell: (wish: Interruption, name: SignalName) => void,
): SignalListener {
  const end = new AbortController();
  const force = new AbortController();
  const { promise: leave, resolve: goNow } = withResolve<SignalName>();
  let nth = 0;
  let first: SignalName | undefined;

  const heard = (name: SignalName): void => {
    const wish = interruptionOf(verb, name, ++nth);
    first ??= name;
    tell(wish, name);
    if (wish === 'end') end.abort();
    if (wish === 'force') force.abort();
    if (wish === 'leave') goNow(name);
  };
  const names = Object.keys(NUMBERS) as SignalName[];
  for (const name of names) cliProcess.on(name, heard);
  return {
    end: end.signal,
    force: force.signal,
    leave,
    first: () => first,
    dispose: () => names.forEach((name) => void cliProcess.off(name, heard)),
  };
}

/** The number of a signal; 128 more is the status of what it ended. */
export function signalNumber(name: SignalName): number {
  return NUMBERS[name];
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolve<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
