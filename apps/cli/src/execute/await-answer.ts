import { interruptedError } from '../call/cli-error.ts';
import type { VerbCall } from '../call/verb-call.ts';
import { type SignalListener, type SignalName, signalNumber } from '../process/signals.ts';
import { nextCall } from '../render/next-call.ts';
import type { EventPrinter } from './event-printer.ts';

/** A call whose operation is running, and what may end it first. */
export interface CallInProgress {
  readonly call: VerbCall;
  readonly invocation: string;
  readonly signals: SignalListener;
  readonly printer: EventPrinter;
}

/**
 * Waits for the operation's answer, a signal or the end of the output, whichever is first.
 * @returns `output-closed` if nobody reads the output any more
 * @throws a CliError of code `interrupted`, with the call that continues the wait
 */
export async function awaitAnswer<T>(running: Promise<T>, inProgress: CallInProgress): Promise<T | 'output-closed'> {
  const { signals, printer, call } = inProgress;
  const leaving = signals.leave.then((signal): never => {
    throw interrupted(signal, true, inProgress);
  });
  try {
    const answer = await Promise.race([running, leaving, printer.outputClosed]);
    if (answer !== 'output-closed' || call.verb !== 'run') return answer;
  } catch (error) {
    const signal = signals.first();
    if (signal !== undefined && Object(error).name === 'AbortError') throw interrupted(signal, false, inProgress);
    throw error;
  }
  throw interruptedError('the output was closed; the job goes on', waitCall(inProgress), {
    exitCode: 141, // 128 + SIGPIPE
    hasUnfinishedWork: true,
  });
}

function interrupted(signal: SignalName, isLeaving: boolean, inProgress: CallInProgress): Error {
  const {
    verb,
    input: { wait, waitReady },
  } = inProgress.call;
  const isWaiting =
    ['wait', 'run', 'ensure', 'up'].includes(verb) || (verb === 'start' && (wait === true || waitReady === true));
  const message = isWaiting ? `${signal} ended only the wait; the job goes on` : `${signal} ended pm ${verb}`;
  const exit = { exitCode: 128 + signalNumber(signal), hasUnfinishedWork: isLeaving };
  if (verb === 'batch')
    return interruptedError(`${signal} ended pm batch; its runs in the queue go on`, resumeCall(inProgress), exit);
  const next = isAboutNoRun(verb)
    ? nextCall({ operation: verb, input: {} }, inProgress.invocation)
    : waitCall(inProgress);
  return interruptedError(message, next, exit);
}

/** Whether the verb is about no run, so that there is nothing to wait for. */
function isAboutNoRun(verb: VerbCall['verb']): boolean {
  return verb === 'preflight' || verb === 'doctor';
}

/** The call that goes on with a batch. */
function resumeCall({ call: { input }, invocation }: CallInProgress): string {
  const { again: _, ...same } = input;
  return nextCall({ operation: 'batch', input: { ...same, resume: true } }, invocation);
}

/** The call that continues the wait. */
function waitCall({ call, invocation, printer }: CallInProgress): string {
  const { steps, step = printer.startedStep(), dir } = call.input;
  const input = { steps: steps ?? (step === undefined ? undefined : [step]), dir };
  return nextCall({ operation: 'wait', input }, invocation);
}
