import { resolve } from 'node:path';
import type { CheckSpec } from '@pm/preflight';
import { isRunId, type RunRecord } from '@pm/protocol';
import { hasQueued } from '@pm/protocol/fs';
import type { RunSpec } from '@pm/wrapper';
import { type Admitted, admitted } from '../admit/admitted.ts';
import { refusalOf } from '../admit/refuse-command.ts';
import type { AskedStart, StartVerb } from '../admit/start-call.ts';
import { breakerOf } from '../config/breaker-of.ts';
import { policyOf } from '../config/policy-of.ts';
import { hasEngine } from '../elsewhere/engine-of-queue.ts';
import type { Context } from '../project/context.ts';
import { ownerOf } from '../project/owner.ts';
import { type StartRequest, waitsForTurn } from '../project/start-request.ts';
import { unreadConfig } from '../project/unread-config.ts';
import type { PartInSet } from '../sets/ensure-set.ts';
import type { Answer } from '../shape/answer.ts';
import type { BegunRun } from './begun-answer.ts';
import type { BoundsDecision } from './enforce-bounds.ts';
import { isSameCommand, isUnnamed, nameOf } from './free-name.ts';
import { refuseLonelyOptions, refuseReadyChecks, workingDirectoryOf } from './refuse-options.ts';

/**
 * Begins one run, whatever it needs. It may wait for its turn in a queue, or its step may be live already.
 * @throws PmError `usage` for a bad working directory or policy; `directory-unusable`; `still-finishing`
 */
export async function beginAlone(
  verb: StartVerb,
  asked: StartRequest,
  input: AskedStart,
  dir: string,
  context: Context,
  part?: PartInSet,
): Promise<BegunRun> {
  const name = await nameOf(asked, input, dir, context);
  const bound = await withinBounds(renamed(asked, name.step), input, dir, context);
  if (bound.kind === 'refused') {
    const { runs, refusal, next } = bound;
    return { kind: 'answer', answer: { runs, refusal, next } };
  }
  const { request } = bound;
  const cwd = workingDirectoryOf(request, input, context);
  refuseLonelyOptions(request, input);
  const policy = policyOf(request);
  await refuseReadyChecks(request, input, policy, cwd, context);
  // A program may be on the host of the worker alone: it is looked for there.
  const isElsewhere = request.queue !== undefined && hasEngine(request.queue, request.config);
  const refusal = isElsewhere ? undefined : await refusalOf(verb, request, input, cwd, context);
  if (refusal !== undefined) return { kind: 'answer', answer: refusal };
  const owner = ownerOf(context);
  const told =
    request.notify === undefined
      ? undefined
      : (await import('../notify/plan-notifications.ts')).planNotifications(request, input.notify, dir, owner, context);
  const spec: RunSpec = { dir, cwd, policy, owner, ...wordsOf(request), ...placeOf(context, part) };
  const begun = await admittedOrQueued(request, spec, input, context);
  if (begun.kind === 'answer') return begun;
  if (begun.kind === 'begun') {
    const unread = request.config === undefined ? unreadConfig(dir, context) : undefined;
    const notes = [name.note, ...begun.notes, ...(told?.recordFor(begun.run) ?? []), unread];
    return { kind: 'begun', dir, run: begun.run, notes: notes.flatMap((note) => note ?? []) };
  }
  // Another start has just taken the name that was chosen for this one.
  const { command } = request;
  if (isUnnamed(input) && begun.run !== undefined && !isSameCommand(begun.run.argv, command, begun.run.port))
    return beginAlone(verb, asked, input, dir, context, part);
  return { kind: 'answer', answer: await joined(request, spec, begun.run, input, part) };
}

/** What the request says of the run itself. */
function wordsOf({ step, command, split, stdin, ready, readyTimeout }: StartRequest) {
  return {
    step,
    argv: command,
    ...(split === true && { split: true }),
    ...(stdin === 'open' && { stdin }),
    ...(ready !== undefined && { ready: ready.map(writtenCheck) }),
    ...(readyTimeout !== undefined && { readyTimeoutMs: readyTimeout }),
  };
}

/** Where the run stands: in which run, for whose needs, and in which cgroup. */
function placeOf(context: Context, part: PartInSet | undefined) {
  const { PM_RUN_ID: parent = '' } = context.env;
  return {
    ...(isRunId(parent) && { parent }),
    ...(part !== undefined && part.needs.length > 0 && { needs: part.needs }),
    ...(part?.forNeeds === true && { forNeeds: true }),
    // Services that it needs may have other users, and stay.
    ...(context.lease !== undefined && part?.forNeeds !== true && { lease: context.lease }),
    ...(!isConfined(context) && { unconfined: true }),
  };
}

async function admittedOrQueued(
  request: StartRequest,
  spec: RunSpec,
  input: AskedStart,
  context: Context,
): Promise<Admitted> {
  if (hasQueued(spec.dir, spec.step)) {
    const { alreadyQueued } = await import('./already-queued.ts');
    const answer = await alreadyQueued(spec, input);
    if (answer !== undefined) return { kind: 'answer', answer };
  }
  if (context.lease !== undefined || !waitsForTurn(request)) return admitted(request, spec, context);
  const { enqueue } = await import('./enqueue.ts');
  return enqueue(request, spec, input, context);
}

/** The answer to a start of a step that is live. A service that was only there for the needs of others stays from now on. */
async function joined(
  { command, port }: StartRequest,
  { dir, step, cwd, policy }: RunSpec,
  live: RunRecord | undefined,
  input: AskedStart,
  part: PartInSet | undefined,
): Promise<Answer> {
  if (live?.forNeeds === true && part?.forNeeds !== true)
    (await import('../sets/stop-unneeded.ts')).keepService(dir, live);
  const { alreadyRunning } = await import('./already-running.ts');
  const call = { command, dir: input.dir, stdin: input.stdin, port };
  const answer = alreadyRunning(dir, step, call, { cwd, policy }, live);
  if (input.notify === undefined) return answer;
  const untold = 'this run was started before, so --notify of this call has no effect';
  return { ...answer, notes: [...(answer.notes ?? []), untold] };
}

function writtenCheck(spec: CheckSpec): NonNullable<RunRecord['ready']>[number] {
  return typeof spec === 'string' ? spec : { ...spec };
}

/** With the breaker of its own name: another command has another history. */
function renamed(request: StartRequest, step: string): StartRequest {
  return step === request.step ? request : { ...request, step, breaker: breakerOf(request.config, step) };
}

/** `PM_CGROUP=off` starts runs without a cgroup of their own, as on a machine where none can be made. */
export function isConfined({ env }: Context): boolean {
  return env['PM_CGROUP'] !== 'off';
}

/** People have no bounds, and nothing is loaded for them. */
async function withinBounds(
  request: StartRequest,
  input: AskedStart,
  dir: string,
  { bounds, cwd, env }: Context,
): Promise<BoundsDecision> {
  if (bounds === undefined) return { kind: 'allowed', request };
  const { enforceBounds } = await import('./enforce-bounds.ts');
  return enforceBounds(request, { asked: input, dir, cwd: resolve(cwd, request.cwd ?? '.'), bounds, env });
}
