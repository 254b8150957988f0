import { isAbsolute, resolve } from 'node:path';
import { PmError, type Policy } from '@pm/protocol';
import { isDirectory } from '@pm/protocol/fs';
import type { AskedStart } from '../admit/start-call.ts';
import { hasEngine } from '../elsewhere/engine-of-queue.ts';
import type { Context } from '../project/context.ts';
import { cwdGone } from '../project/locate-directory.ts';
import { type StartRequest, waitsForTurn } from '../project/start-request.ts';

/**
 * The working directory of the command.
 * @throws PmError `usage` if it is none, or is relative to one that was removed
 */
export function workingDirectoryOf({ cwd = '.' }: StartRequest, input: AskedStart, context: Context): string {
  const path = resolve(context.cwd, cwd);
  if (context.isCwdGone === true && !isAbsolute(cwd)) throw cwdGone(context.cwd, '--cwd');
  if (!isDirectory(path)) throw noSuchDirectory(path, input);
  return path;
}

/** @throws PmError `usage` if the call has options without the one that they belong to */
export function refuseLonelyOptions(request: StartRequest, input: AskedStart): void {
  if (!waitsForTurn(request) && (input.priority !== undefined || input.front === true)) throw placeWithoutQueue(input);
  const isElsewhere = request.queue !== undefined && hasEngine(request.queue, request.config);
  if (input.label !== undefined && !isElsewhere) throw labelWithoutWorker(request.queue);
  if (request.restart === undefined) refuseForAttempts(input, request);
}

/** A label that is ignored would let the run begin where it cannot run. */
function labelWithoutWorker(queue: string | undefined): PmError {
  const where = queue === undefined ? 'this start waits in no queue' : `the queue ${queue} has no engine`;
  const next = `Name a queue with an engine, or leave out --label. Nothing was started.`;
  return new PmError('usage', `--label says what a worker on another host must have, but ${where}.`, next);
}

/** It stands for the port in checks that are only looked at before there is one. */
const ANY_PORT = 20_000;

/**
 * Makes sure that the ready checks can be asked, and that there are some if they are needed. The code for it is loaded only then.
 * @throws PmError `usage` if not
 */
export async function refuseReadyChecks(
  { step, command, ready, port }: StartRequest,
  { waitReady, ready: given }: AskedStart,
  policy: Policy,
  cwd: string,
  { env }: Context,
): Promise<void> {
  if (ready === undefined && waitReady !== true && policy.liveness !== 'check') return;
  const { checkReadySpecs, requireLastingCheck, requireReadyChecks } = await import('../ready/ready-checks.ts');
  const place = { cwd, env, argv: command };
  if (waitReady === true) requireReadyChecks(step, ready);
  const where = given === undefined ? `pm.config.json: steps.${step}.ready` : '--ready';
  if (ready !== undefined) await checkReadySpecs(ready, { ...place, port: port === 'auto' ? ANY_PORT : port }, where);
  if (policy.liveness === 'check') await requireLastingCheck(ready ?? [], { ...place, port: ANY_PORT });
}

/**
 * In `defaults` of a configuration, a backoff without retries is for the steps that have some. In a call it is a mistake.
 * @throws PmError `usage` if the call says something about attempts that there will not be
 */
function refuseForAttempts({ backoff, resetAfter }: AskedStart, { retries = 0 }: StartRequest): void {
  if (resetAfter !== undefined) {
    const message = '--reset-after says when the failures of --restart count from 1 again, but there is no --restart.';
    throw new PmError('usage', message, 'Add --restart on-failure, or leave out --reset-after. Nothing was started.');
  }
  if (backoff === undefined || retries > 0) return;
  const message = '--backoff is the pause between attempts, but there is only one attempt.';
  throw new PmError('usage', message, 'Set the number of retries too: --retries 3.');
}

/** In the configuration of a step, a priority may stand for the calls that name a queue. In a call it is a mistake. */
function placeWithoutQueue({ front }: AskedStart): PmError {
  const option = front === true ? '--front' : '--priority';
  const message = `${option} is a place in a queue, but this start waits in none.`;
  return new PmError('usage', message, 'Name the queue too: --queue heavy. Nothing was started.');
}

function noSuchDirectory(cwd: string, { cwd: asked }: AskedStart): PmError {
  const by = asked === undefined ? 'the cwd of this step in pm.config.json' : '--cwd';
  return new PmError(
    'usage',
    `${by}: ${cwd} is not a directory.`,
    'Create it, or use another one. Nothing was started.',
  );
}
