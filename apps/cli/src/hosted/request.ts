import { usageError } from '../call/cli-error.ts';

/** What the other pm reads from its standard input. */
export type RemoteInput =
  /** Nothing. */
  | 'none'
  /** Nothing, but its end says that the caller or the connection is gone. */
  | 'held'
  /** The input of the command. */
  | 'data';

/** A call as one pm sends it to the other. */
export interface RemoteCall {
  readonly argv: readonly string[];
  readonly directory: string;
  /** How the caller writes `pm` for this host. Proposed calls begin with it. */
  readonly invocation: string;
  /** What begins the marks in the two outputs. Nobody else can guess it. */
  readonly token: string;
  readonly input: RemoteInput;
  /** The id under which the call is kept, so that it is made once. Undefined if it may be made again. */
  readonly id?: string;
  /** How many bytes of each output have arrived in an earlier connection. */
  readonly from: { readonly out: number; readonly err: number };
  /** How long the call goes on without its caller. Without it: until it ends. */
  readonly lingerMs?: number;
  /** The columns of each stream that is a terminal at the caller. */
  readonly terminal: { readonly out?: number; readonly err?: number };
  readonly session?: string;
}

/** A signal for a call that goes on there. */
export interface RemoteSignal {
  readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP';
  readonly id: string;
}

/** The word that follows the verb in a call over ssh. It is no option for people. */
export const OVER_SSH = '--over-ssh';

/** As one word that every shell leaves as it is. */
export function encodeRequest(request: RemoteCall | RemoteSignal): string {
  return Buffer.from(JSON.stringify(request)).toString('base64url');
}

/** @throws a CliError of code `usage` for anything else than what `encodeRequest` returns */
export function decodeRequest(word = ''): RemoteCall | RemoteSignal {
  try {
    const request = JSON.parse(Buffer.from(word, 'base64url').toString()) as Partial<RemoteCall & RemoteSignal>;
    const isIdFine = request.id === undefined || ID.test(request.id);
    const isCall =
      Array.isArray(request.argv) &&
      [...request.argv, request.directory, request.invocation, request.token].every(
        (text) => typeof text === 'string',
      ) &&
      Number.isFinite(request.from?.out) &&
      Number.isFinite(request.from?.err);
    const isSignal = /^SIG(?:INT|TERM|HUP)$/.test(request.signal ?? '') && request.id !== undefined;
    if (isIdFine && (isCall || isSignal)) return request as RemoteCall | RemoteSignal;
  } catch {
    // no JSON
  }
  throw usageError(`${OVER_SSH} is what pm writes for itself`, 'pm --host user@gpu ls');
}

const ID = /^[0-9a-f]{32}$/;
