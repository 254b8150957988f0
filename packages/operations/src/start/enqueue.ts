import { randomBytes } from 'node:crypto';
import { isStepName, newRunId, PmError, type QueuedRecord } from '@pm/protocol';
import { isOutOfRoom, openDirectory } from '@pm/protocol/fs';
import { FRONT, PRIORITY } from '@pm/queue';
import { type RunSpec, readStepState } from '@pm/wrapper';
import type { Admitted } from '../admit/admitted.ts';
import type { AskedStart } from '../admit/start-call.ts';
import { mayBeOpen } from '../breaker/lazy-breaker.ts';
import { engineQueueIn } from '../elsewhere/engine-of-queue.ts';
import { envToKeep } from '../elsewhere/travelling.ts';
import type { Context } from '../project/context.ts';
import { rememberDirectory } from '../project/known-directories.ts';
import type { StartRequest } from '../project/start-request.ts';
import { resolveAfter } from '../queue/after.ts';
import { openQueue } from '../queue/open-queue.ts';
import { putInLine } from '../queue/put-in-line.ts';
import { queueFolderOf } from '../queue/queue-folder.ts';
import { ONLY_AFTER, settingsOf } from '../queue/queue-names.ts';
import { viewOfQueued } from '../queue/queued-view.ts';
import { askedAtTurn, packEnv } from '../queued/queued-call.ts';
import { cleanUpLater } from '../retention/clean-up-later.ts';
import { ensureResident } from '../runs/ensure-resident.ts';
import { findBegun } from '../runs/find-run.ts';
import { nextCallsFor } from '../runs/next-calls.ts';
import { viewNow } from '../runs/run-view.ts';
import type { Answer } from '../shape/answer.ts';
import { dispatchOne } from '../turn/dispatch.ts';
import { alreadyQueued } from './already-queued.ts';

/** The most other runs that are started before this call answers. The resident starts the rest: of many short runs, one is always due. */
const MOST_STARTED = 3;

// Why: contributing/decisions/2026-11-29-a-queue-of-files.md
/**
 * Puts a run in line and starts it at once if it is its turn. What is on record first is the run: an entry that is missing in the queue,
 * because this process was killed, is added by whoever looks next.
 * @throws PmError `usage` for steps in `after` that do not exist, `directory-unusable` if it cannot be recorded. Then nothing is queued.
 */
export async function enqueue(
  request: StartRequest,
  spec: RunSpec,
  input: AskedStart,
  context: Context,
): Promise<Extract<Admitted, { kind: 'answer' | 'already-running' }>> {
  const { dir, step, unconfined, ...what } = spec;
  const { bounds } = context;
  if (input.stdin === true) throw noInput();
  openDirectory(dir);
  rememberDirectory(dir, context.env);
  const state = await readStepState(dir, step);
  if (state.kind === 'already-running') return state;
  const name = request.queue ?? ONLY_AFTER;
  if (!isStepName(name)) throw noName(name);
  const folder = queueFolderOf(name, request.config, dir, context);
  if (engineQueueIn(folder) !== undefined) {
    const refused = await refusedByBreaker(request, spec, state.n, context);
    if (refused !== undefined) return { kind: 'answer', answer: refused };
  }
  const after = resolveAfter(dir, step, request.after ?? []);
  const record: QueuedRecord = {
    v: 1,
    id: newRunId(Date.now(), randomBytes(10)),
    step,
    ...what,
    argv: [...spec.argv],
    createdAt: Date.now(),
    queue: { name, folder, priority: request.front === true ? FRONT : (request.priority ?? PRIORITY.usual) },
    ...(after.length > 0 && { after }),
    asked: {
      ...(request.port !== undefined && { port: request.port }),
      ...askedAtTurn(request, unconfined === true),
      ...(bounds !== undefined && {
        bounds: { runs: bounds.concurrentRuns, roots: [...bounds.roots], dir: bounds.dir },
      }),
    },
    umask: process.umask(),
    env: packEnv(envToKeep(context.env, { name, folder }, request.config)),
  };
  const queue = openQueue(folder, dir);
  const isAdded = await putInLine(dir, record, queue, settingsOf(name, request.config)).catch((error: unknown) => {
    throw isOutOfRoom(error) ? noRoom(dir, step, error) : error;
  });
  if (!isAdded) {
    const answer = await alreadyQueued(spec, input);
    return answer === undefined ? enqueue(request, spec, input, context) : { kind: 'answer', answer };
  }
  for (let left = MOST_STARTED; left > 0 && findBegun(dir, record) === undefined; left--)
    if ((await dispatchOne(queue, context).catch(ifUnusable)) !== undefined) break;
  ensureResident(dir, context);
  cleanUpLater(dir, step, request.config, context);
  const run = findBegun(dir, record);
  const view = run === undefined ? await viewOfQueued(dir, record) : viewNow(dir, run, 'pm start');
  return { kind: 'answer', answer: { runs: [view], next: nextCallsFor(view, input.dir) } };
}

/** A worker asks the breaker of its host at its turn. That of the submitter has seen the failures on all hosts, so it is asked before. */
async function refusedByBreaker(
  request: StartRequest,
  { dir, step, cwd }: RunSpec,
  after: number,
  context: Context,
): Promise<Answer | undefined> {
  if (!mayBeOpen(dir, step, request.breaker)) return undefined;
  const { admit } = await import('../breaker/admit.ts');
  const admission = await admit(dir, request, { cwd, findings: undefined, after, isPaid: false }, context);
  return admission.kind === 'refused' ? admission.answer : undefined;
}

/** The run is in line already, so a full disk or a folder that cannot be used is no error: it is started when that is mended. */
function ifUnusable(error: unknown): 'unusable' {
  if (typeof Object(error).code !== 'string') throw error;
  return 'unusable';
}

function noName(name: string): PmError {
  const next = 'A queue has a name like a step: letters, digits, and . _ - inside. Nothing was started.';
  return new PmError('usage', `--queue: ${JSON.stringify(name)} is not a valid name.`, next);
}

function noInput(): PmError {
  return new PmError('usage', 'A run that waits for its turn cannot get standard input.', 'Write the input to a file.');
}

function noRoom(dir: string, step: string, cause: unknown): PmError {
  return new PmError('directory-unusable', `The disk of ${dir} is full: ${step} was not queued.`, 'Free some space.', {
    cause,
  });
}
