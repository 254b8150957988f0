import { setTimeout as pause } from 'node:timers/promises';
import { interruptedError } from '../call/cli-error.ts';
import type { CliExit } from '../call/verb-call.ts';
import type { CliProcess } from '../process/cli-process.ts';
import { invocationOf } from '../process/invocation.ts';
import { write, writeAnswer } from '../process/write.ts';
import { quote } from '../text/shell-words.ts';
import { budgetOf, kindOfCall } from './call-kind.ts';
import { type CallElsewhere, openConversation } from './conversation.ts';
import { destinationOf } from './destination.ts';
import { absentError, hostError, isHopeless, lastLine, oldError } from './host-errors.ts';
import { takeHost } from './host-option.ts';
import { inputOfCall } from './input-of-call.ts';
import { type LeaveListener, listenForLeave } from './leave.ts';
import { refuseScreens } from './screen-verbs.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** How long a call that waits for nothing tries to connect again. */
const PATIENCE_MS = 60_000;

// Why: contributing/decisions/2026-11-29-another-host-by-ssh.md
/**
 * Makes a call by the pm of another host. Outputs and exit code are those of that pm.
 * @returns undefined if the call has no `--host` of pm
 * @throws a CliError if there is no way to that pm
 */
export async function callOtherHost(argv: readonly string[], cliProcess: CliProcess): Promise<CliExit | undefined> {
  const plain = invocationOf(cliProcess);
  const taken = takeHost(argv, plain);
  if (taken === undefined) return undefined;
  const destination = destinationOf(taken.host, plain);
  refuseScreens(taken.argv, destination);
  const invocation = `${plain} --host ${quote(taken.host)}`;
  const input = await inputOfCall(taken.argv, invocation, cliProcess.env);
  const call: CallElsewhere = { argv: taken.argv, destination, invocation, input };
  const leaving = listenForLeave(cliProcess, taken.argv[0] ?? '', destination.written, nextOf(call));
  try {
    return await callUntilAnswered(call, cliProcess, leaving);
  } finally {
    leaving.dispose();
  }
}

/** Connects, and connects again whenever the connection is lost, until the call has ended there. */
async function callUntilAnswered(
  call: CallElsewhere,
  cliProcess: CliProcess,
  leaving: LeaveListener,
): Promise<CliExit> {
  const { argv, destination } = call;
  const [, main = ''] = cliProcess.argv;
  const { waits } = kindOfCall(argv);
  const budgetEndMs = performance.now() + ((waits ? budgetOf(argv) : undefined) ?? Number.POSITIVE_INFINITY);
  const conversation = openConversation(call, cliProcess, leaving);
  let lostMs: number | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  for (let tries = 0; ; tries++) {
    const begunMs = performance.now();
    const end = await conversation.connect();
    switch (end.kind) {
      case 'ended':
        if (end.program === undefined) throw oldError(destination, end.status, main);
        await writeAnswer(cliProcess.stdout, conversation.answer());
        return { exitCode: end.status, hasUnfinishedWork: true };
      case 'absent':
        throw absentError(destination, end.path, main);
      case 'output-closed':
        return closedExit(call);
      case 'abandoned':
        conversation.renew();
        await write(cliProcess.stderr, `pm: ${RENEWED[argv[0] ?? ''] ?? RENEWED['wait']}\n`);
        continue;
      case 'dropped': {
        if (end.program !== undefined) [lostMs, pauseMs] = [performance.now(), FIRST_PAUSE_MS];
        lostMs ??= begunMs;
        const endMs = waits ? budgetEndMs : lostMs + PATIENCE_MS;
        const isOver = performance.now() + pauseMs > endMs;
        // The call may have been begun by a connection that was lost before it could say so.
        const mayHaveBegun = tries > 0 || end.program !== undefined;
        const isFinal = end.isFinal === true || isHopeless(end.why, mayHaveBegun);
        if (isOver || isFinal || call.input === 'data') throw lostError(call, end.why, mayHaveBegun, isFinal);
        if (pauseMs < LONGEST_PAUSE_MS) await write(cliProcess.stderr, lostText(call, end.why, pauseMs));
        await Promise.race([pause(pauseMs, undefined, { signal: leaving.aborted }).catch(() => {}), leaving.left]);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      }
    }
  }
}

/** A wait that begins again after its caller was away for long. */
const RENEWED: Readonly<Record<string, string>> = {
  wait: 'the wait begins again',
  watch: 'the watch begins again: changes of the time between are not printed, and live runs are printed again',
  logs: 'the log is shown again from its last lines on: some may be repeated or missing; see --cursor',
};

function lostText({ destination }: CallElsewhere, why: string, pauseMs: number): string {
  const reason = lastLine(why) === '' ? '' : ` (${lastLine(why)})`;
  return `pm: the connection to ${destination.written} is lost${reason}; what runs there goes on; next try in ${pauseMs / 1_000} s\n`;
}

function lostError(call: CallElsewhere, why: string, mayHaveBegun: boolean, isFinal: boolean): Error {
  const { destination, input } = call;
  const reason = lastLine(why) === '' ? '' : `: ${lastLine(why)}`;
  const problem = `no connection to ${destination.written}${reason}`;
  if (!mayHaveBegun && isFinal)
    return hostError(
      'no-connection',
      `${problem}; nothing was done there`,
      `ssh -v -- ${quote(destination.host)} true`,
    );
  if (input === 'data')
    return hostError(
      'no-connection',
      `${problem}; the command there may have got only a part of its input, and goes on`,
      nextOf(call),
    );
  const made = kindOfCall(call.argv).once ? '; the call may have been made there, and what runs there goes on' : '';
  return hostError('no-connection', `${problem}${made}`, nextOf(call));
}

/** A wait can be called again. Of anything else it is not known how far it got. */
function nextOf({ argv, invocation }: CallElsewhere): string {
  const { once, lingers } = kindOfCall(argv);
  return once && !lingers ? `${invocation} ls` : [invocation, ...argv.map(quote)].join(' ');
}

/** As for a call on this host: nobody reads, which is a failure of `run` alone. */
function closedExit(call: CallElsewhere): CliExit {
  if (call.argv[0] !== 'run') return { exitCode: 0, hasUnfinishedWork: true };
  const message = `the output was closed; what runs on ${call.destination.written} goes on`;
  throw interruptedError(message, nextOf(call), { exitCode: 141, hasUnfinishedWork: true });
}
