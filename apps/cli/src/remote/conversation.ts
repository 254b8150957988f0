import { randomBytes } from 'node:crypto';
import { isatty } from 'node:tty';
import { encodeRequest, type RemoteCall, type RemoteSignal } from '../hosted/request.ts';
import type { CliProcess } from '../process/cli-process.ts';
import { write } from '../process/write.ts';
import { PROGRAM } from '../version.ts';
import { kindOfCall } from './call-kind.ts';
import type { Destination } from './destination.ts';
import { tooLongError } from './host-errors.ts';
import type { LeaveListener } from './leave.ts';
import { openConnection } from './open-connection.ts';
import { openSession, type SessionEnd, type SshSession } from './session.ts';
import { MOST_COMMAND_BYTES, remoteCommand, routeTo } from './ssh.ts';

/** A call for another host, as it was understood. */
export interface CallElsewhere {
  readonly argv: readonly string[];
  readonly destination: Destination;
  /** How the caller writes `pm` for this host. */
  readonly invocation: string;
  readonly input: 'none' | 'data';
}

/** One call, over one connection after the other. */
export interface Conversation {
  /** Makes the call, or asks for the rest of it. */
  connect(): Promise<SessionEnd>;
  /** Makes it as a new call from now on. */
  renew(): void;
  /** What is to be shown when the call has ended. */
  answer(): string;
}

/** How long a wait goes on there without us. */
const LINGER_MS = 10 * 60_000;

/** Prepares a call for another host. Nothing is connected yet. @param leaving what may end the call here, while it goes on there */
export function openConversation(call: CallElsewhere, cliProcess: CliProcess, leaving: LeaveListener): Conversation {
  const { argv, destination, input } = call;
  const { env, stdout, stderr } = cliProcess;
  const kind = kindOfCall(argv);
  const route = routeTo(destination.host, env);
  const isPerson = route.socket !== undefined && isatty(0) && stderr.isTTY === true;
  let id = newId();
  let from = { out: 0, err: 0 };
  let answer: Buffer[] = [];
  let connections = 0;
  let isVersionTold = false;
  const forwarding: SshSession[] = [];

  const tell = (text: string): Promise<boolean> => write(stderr, `pm: ${destination.written} ${text}\n`);
  const take = async (stream: 'out' | 'err', bytes: Buffer): Promise<boolean> => {
    if (kind.once) from = { ...from, [stream]: from[stream] + bytes.length };
    if (stream === 'err') return write(stderr, bytes);
    if (kind.once) return write(stdout, bytes);
    answer.push(bytes);
    return true;
  };
  const command = (token: string, request: RemoteCall | RemoteSignal, read: RemoteCall['input']): string => {
    const [verb = 'help'] = argv;
    const line = remoteCommand(/^[a-z]+$/.test(verb) ? verb : 'help', encodeRequest(request), token, read);
    if (line.length > MOST_COMMAND_BYTES) throw tooLongError(line.length, MOST_COMMAND_BYTES, call.invocation);
    return line;
  };
  const forward = (signal: RemoteSignal['signal']): void => {
    const token = newToken();
    const session = openSession({
      ...{ route, env, token },
      command: command(token, { signal, id }, 'none'),
      write: async () => true,
      onBegin: async () => {},
    });
    session.over.catch(() => {});
    forwarding.push(session);
  };
  const onBegin = async (program: string): Promise<void> => {
    if (connections > 1) await tell('is connected again');
    if (!isVersionTold && program !== PROGRAM) await tell(`has ${program}, and this is ${PROGRAM}`);
    isVersionTold = true;
    if (kind.once) leaving.forward = forward;
  };
  const connect = async (): Promise<SessionEnd> => {
    const isAgain = connections++ > 0;
    const token = newToken();
    const read = input === 'data' ? 'data' : kind.lingers || (kind.once && isAgain) ? 'held' : 'none';
    const request: RemoteCall = {
      ...{ argv, token, from, input: read },
      directory: destination.directory,
      invocation: call.invocation,
      ...(kind.once && { id }),
      ...(kind.lingers && { lingerMs: LINGER_MS }),
      terminal: terminalOf(cliProcess),
      ...(env['PM_SESSION'] && { session: env['PM_SESSION'] }),
    };
    const line = command(token, request, read);
    // Who leaves while ssh asks for a password has made no call.
    if (isPerson && !(await Promise.race([leaving.left, openConnection(route, env, leaving.aborted)])))
      return { kind: 'dropped', why: '', program: undefined, isFinal: !isAgain };
    answer = [];
    const session = openSession({
      ...{ route, env, token, onBegin },
      command: line,
      write: take,
      ...(read === 'data' && { input: cliProcess.stdin }),
    });
    try {
      return await Promise.race([session.over, leaving.left]);
    } finally {
      leaving.forward = undefined;
      for (const opened of [session, ...forwarding.splice(0)]) opened.close();
    }
  };
  return {
    connect,
    renew: () => {
      id = newId();
      from = { out: 0, err: 0 };
    },
    answer: () => Buffer.concat(answer).toString(),
  };
}

function newId(): string {
  return randomBytes(16).toString('hex');
}

function newToken(): string {
  return `@pm-${randomBytes(8).toString('hex')}`;
}

/** What the pm there needs to know to write as for the terminal of the caller. */
function terminalOf({ stdout, stderr, env }: CliProcess): RemoteCall['terminal'] {
  if (env['TERM'] === 'dumb' || env['NO_COLOR']) return {};
  return {
    ...(stdout.isTTY === true && { out: stdout.columns || 80 }),
    ...(stderr.isTTY === true && { err: stderr.columns || 80 }),
  };
}
