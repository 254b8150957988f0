import { interruptedError } from '../call/cli-error.ts';
import type { VerbCall } from '../call/verb-call.ts';
import { type SignalListener, type SignalName, signalNumber } from '../process/signals.ts';
import { nextCall } from '../render/next-call.ts';
import type { EventPrinter } from './event-printer.ts';

export interface CallInProgress {
  readonly call: VerbCall;
  readonly invocation: string;
  readonly signals: SignalListener;
  readonly printer: EventPrinter;
}

/** The operation's answer, unless we have to go before there is one. `unread`: nobody is left to be told. */
export async function awaitAnswer<T>(running: Promise<T>, inProgress: CallInProgress): Promise<T | 'unread'> {
  const { signals, printer, call } = inProgress;
  const left = signals.leave.then((signal): never => {
    throw interrupted(signal, true, inProgress);
  });
  try {
    const answer = await Promise.race([running, left, printer.unread]);
    if (answer !== 'unread' || call.verb !== 'run') return answer;
  } catch (error) {
    const signal = signals.first();
    if (signal !== undefined && Object(error).name === 'AbortError') throw interrupted(signal, false, inProgress);
    throw error;
  }
  throw interruptedError('nobody reads the output any more; the job goes on', waitCall(inProgress), {
    status: 141,
    left: true,
  });
}

function interrupted(signal: SignalName, left: boolean, inProgress: CallInProgress): Error {
  const {
    verb,
    input: { wait },
  } = inProgress.call;
  const isWaiting = verb === 'wait' || verb === 'run' || (verb === 'start' && wait === true);
  const message = isWaiting ? `${signal} ended only the waiting; the job goes on` : `${signal} ended pm ${verb}`;
  const next = isAboutNoRun(verb)
    ? nextCall({ operation: verb, input: {} }, inProgress.invocation)
    : waitCall(inProgress);
  return interruptedError(message, next, { status: 128 + signalNumber(signal), left });
}

/** Nothing goes on that could be waited for. */
function isAboutNoRun(verb: VerbCall['verb']): boolean {
  return verb === 'preflight' || verb === 'doctor';
}

/** The call that takes up the waiting again. */
function waitCall({ call, invocation, printer }: CallInProgress): string {
  const { steps, step = printer.step(), dir } = call.input;
  const input = { steps: steps ?? (step === undefined ? undefined : [step]), dir };
  return nextCall({ operation: 'wait', input }, invocation);
}
