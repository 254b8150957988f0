import type { OperationName } from '@pm/operations';
import type { CliProcess } from './cli-process.ts';

/** How callers and terminals end a call. */
const ENDING = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
/** Would end pm without a word. None of them is meant for the job. */
const DEADLY = (
  'SIGQUIT SIGUSR2 SIGALRM SIGVTALRM SIGPROF SIGIO SIGPWR SIGSYS SIGTRAP SIGABRT SIGSTKFLT SIGXCPU' as const
).split(' ') as NodeJS.Signals[];
export type SignalName = NodeJS.Signals;

/** What a signal asks pm to do. */
export type Interruption =
  /** `run` cancels its job, and `worker` takes nothing new; every other verb only stops waiting. */
  | 'end'
  /** `run` skips the grace period, and `worker` stops its runs. */
  | 'force'
  /** Exit at once; the job goes on. */
  | 'leave';

/** What the nth signal asks for. Only `run` and `worker` may end what runs, and `run` not for a hangup: a closed terminal is no order to stop. */
export function interruptionOf(verb: OperationName, name: SignalName, nth: number): Interruption {
  if ((verb === 'run' && name === 'SIGHUP') || DEADLY.includes(name)) return 'leave';
  if (nth === 1) return 'end';
  return (verb === 'run' || verb === 'worker') && nth === 2 ? 'force' : 'leave';
}

/** The signals that a call has got: the first asks for its end, the next for more haste. */
export interface SignalListener {
  readonly end: AbortSignal;
  readonly force: AbortSignal;
  /** Resolves when pm has to exit at once. */
  readonly leave: Promise<SignalName>;
  /** The first signal; undefined if there was none. */
  readonly first: () => SignalName | undefined;
  /** Stops listening. */
  readonly dispose: () => void;
}

/**
 * Listens for the signals that end a call. `tell` is called for each one.
 * @param ignored names without `SIG` that the caller ignores: Node has made them deadly, and here they do nothing again
 */
export function listenForSignals(
  verb: OperationName,
  cliProcess: Pick<CliProcess, 'on' | 'off'>,
  tell: (interruption: Interruption, name: SignalName) => void,
  ignored: readonly string[] = [],
): SignalListener {
  const end = new AbortController();
  const force = new AbortController();
  const { promise: leave, resolve: leaveNow } = withResolve<SignalName>();
  let nth = 0;
  let first: SignalName | undefined;

  const onSignal = (name: SignalName): void => {
    if (ignored.includes(name.slice(3))) return;
    const interruption = interruptionOf(verb, name, ++nth);
    first ??= name;
    tell(interruption, name);
    if (interruption === 'end') end.abort();
    if (interruption === 'force') force.abort();
    if (interruption === 'leave') leaveNow(name);
  };
  const names: readonly SignalName[] = [...ENDING, ...(SHORT.has(verb) ? [] : DEADLY)];
  for (const name of names) cliProcess.on(name, onSignal);
  return {
    end: end.signal,
    force: force.signal,
    leave,
    first: () => first,
    dispose: () => names.forEach((name) => void cliProcess.off(name, onSignal)),
  };
}

/** Verbs that end in milliseconds by themselves. */
const SHORT: ReadonlySet<OperationName> = new Set(['ls', 'status', 'extend', 'recover', 'prune', 'template', 'init']);

/** The number of a signal. A process that it ended has 128 plus this number as exit code in a shell. */
export function signalNumber(name: SignalName): number {
  return process.getBuiltinModule('node:os').constants.signals[name];
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolve<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
