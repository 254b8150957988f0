import type { Call } from '../call/call.ts';
import { cutShort } from '../call/fault.ts';
import { type Interruptions, numberOf, type SignalName } from '../process/interruptions.ts';
import { nextCall } from '../render/next.ts';
import type { Reporter } from './reporter.ts';

export interface Circumstances {
  readonly call: Call;
  readonly invocation: string;
  readonly interruptions: Interruptions;
  readonly reporter: Reporter;
}

/** The operation's answer, unless we have to go before there is one. `unread`: nobody is left to be told. */
export async function answerOrLeave<T>(running: Promise<T>, circumstances: Circumstances): Promise<T | 'unread'> {
  const { interruptions, reporter, call } = circumstances;
  const left = interruptions.leave.then((signal): never => {
    throw interrupted(signal, true, circumstances);
  });
  try {
    const answer = await Promise.race([running, left, reporter.unread]);
    if (answer !== 'unread' || call.verb !== 'run') return answer;
  } catch (error) {
    const signal = interruptions.first();
    if (signal !== undefined && Object(error).name === 'AbortError') throw interrupted(signal, false, circumstances);
    throw error;
  }
  throw cutShort('nobody reads the output any more; the job goes on', waitCall(circumstances), {
    status: 141,
    left: true,
  });
}

function interrupted(signal: SignalName, left: boolean, circumstances: Circumstances): Error {
  const {
    verb,
    input: { wait },
  } = circumstances.call;
  const isWaiting = verb === 'wait' || verb === 'run' || (verb === 'start' && wait === true);
  const message = isWaiting ? `${signal} ended only the waiting; the job goes on` : `${signal} ended pm ${verb}`;
  const next = isAboutNoRun(verb)
    ? nextCall({ operation: verb, input: {} }, circumstances.invocation)
    : waitCall(circumstances);
  return cutShort(message, next, { status: 128 + numberOf(signal), left });
}

/** Nothing goes on that could be waited for. */
function isAboutNoRun(verb: Call['verb']): boolean {
  return verb === 'preflight' || verb === 'doctor';
}

/** The call that takes up the waiting again. */
function waitCall({ call, invocation, reporter }: Circumstances): string {
  const { steps, step = reporter.step(), dir } = call.input;
  const input = { steps: steps ?? (step === undefined ? undefined : [step]), dir };
  return nextCall({ operation: 'wait', input }, invocation);
}
