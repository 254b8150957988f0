import { isAbsolute, resolve } from 'node:path';
import type { CheckSpec } from '@pm/preflight';
import { hastenCgroupMoves } from '@pm/process';
import { isRunId, isStepName, PmError, type RunRecord } from '@pm/protocol';
import { hasQueued, isDirectory } from '@pm/protocol/fs';
import { admitted } from '../admit/admitted.ts';
import { refusalOf } from '../admit/refuse-command.ts';
import type { AskedStart, StartVerb } from '../admit/start-call.ts';
import { breakerOf } from '../config/breaker-of.ts';
import type { Config } from '../config/config.ts';
import { policyOf } from '../config/policy-of.ts';
import { readConfig } from '../config/read-config.ts';
import type { Context } from '../project/context.ts';
import { cwdGone, locateDirectory } from '../project/locate-directory.ts';
import { ownerOf } from '../project/owner.ts';
import { type StartRequest, startRequestOf, waitsForTurn } from '../project/start-request.ts';
import { unreadConfig } from '../project/unread-config.ts';
import type { EnsureNeed } from '../sets/begin-with-needs.ts';
import type { PartInSet } from '../sets/ensure-set.ts';
import type { Answer } from '../shape/answer.ts';
import { invalidStepName } from '../shape/step-name.ts';
import type { BoundsDecision } from './enforce-bounds.ts';
import { type ChosenName, freeName, isSameCommand } from './free-name.ts';

/** A run that was begun, or the answer that says why not. */
export type BegunRun =
  | { readonly kind: 'begun'; readonly dir: string; readonly run: RunRecord; readonly notes: readonly string[] }
  | { readonly kind: 'answer'; readonly answer: Answer };

// Why: contributing/decisions/2026-11-27-checks-belong-to-one-claim.md
/**
 * Does everything up to the start of the wrapper: resolves the command, names the step, makes the policy and begins the run.
 * Each module that is loaded here delays the command, so what only some answers need is loaded later.
 * @param ensureNeed makes sure that a step is ready that this one needs
 * @param part what is known about it as a part of a set, whose needs are ready already
 * @returns also the configuration as it was read for this call
 * @throws PmError `usage` for a bad step name, working directory or policy; `directory-unusable`; `still-finishing`
 */
export async function beginRun(
  verb: StartVerb,
  input: AskedStart,
  context: Context,
  ensureNeed: EnsureNeed,
  part?: PartInSet,
): Promise<BegunRun & { readonly config: Config | undefined }> {
  if (input.step !== undefined && !isStepName(input.step)) throw invalidStepName(input.step);
  if (isConfined(context)) hastenCgroupMoves(); // first of all: it takes 10 to 20 ms, beside everything below
  const dir = locateDirectory(input.dir, context);
  const config = await readConfig(dir, context.bounds);
  const request = startRequestOf(input, config, dir);
  const begin = (own?: PartInSet): Promise<BegunRun> => begunFrom(verb, request, input, dir, context, own);
  if (part !== undefined || (request.needs ?? []).length === 0) return { ...(await begin(part)), config };
  const { beginWithNeeds } = await import('../sets/begin-with-needs.ts');
  const ensure = (need: string, own: PartInSet) => ensureNeed(need, own, input.dir, context);
  const begun = await beginWithNeeds(dir, request, context, ensure, (needs) => begin({ needs, forNeeds: false }));
  return { ...begun, config };
}

async function begunFrom(
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
  const { step, command } = request;
  const cwd = resolve(context.cwd, request.cwd ?? '.');
  if (context.isCwdGone === true && !isAbsolute(request.cwd ?? '')) throw cwdGone(context.cwd, '--cwd');
  if (!isDirectory(cwd)) throw noSuchDirectory(cwd, input);
  if (!waitsForTurn(request) && (input.priority !== undefined || input.front === true)) throw placeWithoutQueue(input);
  if (request.restart === undefined) refuseForAttempts(input, request);
  const policy = policyOf(request);
  if (input.waitReady === true) (await import('../ready/ready-checks.ts')).requireReadyChecks(step, request.ready);
  const { ready } = request;
  if (ready !== undefined) {
    const { checkReadySpecs } = await import('../ready/ready-checks.ts');
    const port = request.port === 'auto' ? ANY_PORT : request.port;
    await checkReadySpecs(ready, { cwd, env: context.env, argv: command, port });
  }
  if (policy.liveness === 'check') {
    const { requireLastingCheck } = await import('../ready/ready-checks.ts');
    await requireLastingCheck(ready ?? [], { cwd, env: context.env, argv: command, port: ANY_PORT });
  }
  const refusal = await refusalOf(verb, request, input, cwd, context);
  if (refusal !== undefined) return { kind: 'answer', answer: refusal };
  const owner = ownerOf(context);
  const told =
    request.notify === undefined
      ? undefined
      : (await import('../notify/plan-notifications.ts')).planNotifications(request, input.notify, dir, owner, context);
  const spec = {
    dir,
    step,
    argv: command,
    cwd,
    policy,
    owner,
    ...(isRunId(context.env['PM_RUN_ID'] ?? '') && { parent: context.env['PM_RUN_ID'] ?? '' }),
    ...(request.split === true && { split: true }),
    ...(request.stdin === 'open' && { stdin: request.stdin }),
    ...(ready !== undefined && { ready: ready.map(writtenCheck) }),
    ...(request.readyTimeout !== undefined && { readyTimeoutMs: request.readyTimeout }),
    ...(part !== undefined && part.needs.length > 0 && { needs: part.needs }),
    ...(part?.forNeeds === true && { forNeeds: true }),
    ...(!isConfined(context) && { unconfined: true }),
  };
  if (hasQueued(dir, step)) {
    const { alreadyQueued } = await import('./already-queued.ts');
    const answer = await alreadyQueued(spec, input);
    if (answer !== undefined) return { kind: 'answer', answer };
  }
  const begun = waitsForTurn(request)
    ? await (await import('./enqueue.ts')).enqueue(request, spec, input, context)
    : await admitted(request, spec, context);
  if (begun.kind === 'begun') {
    const unread = request.config === undefined ? unreadConfig(dir, context) : undefined;
    const ownNotes = [...begun.notes, ...(told?.recordFor(begun.run) ?? [])];
    const notes = [...[name.note ?? []].flat(), ...ownNotes, ...(unread === undefined ? [] : [unread])];
    return { kind: 'begun', dir, run: begun.run, notes };
  }
  if (begun.kind === 'answer') return begun;
  // Another start has just taken the name that was chosen for this one.
  if (isUnnamed(input) && begun.run !== undefined && !isSameCommand(begun.run.argv, command, begun.run.port))
    return begunFrom(verb, asked, input, dir, context, part);
  if (begun.run?.forNeeds === true && part?.forNeeds !== true)
    (await import('../sets/stop-unneeded.ts')).keepService(dir, begun.run);
  const { alreadyRunning } = await import('./already-running.ts');
  const call = { command, dir: input.dir, stdin: input.stdin, port: request.port };
  const answer = alreadyRunning(dir, step, call, { cwd, policy }, begun.run);
  if (input.notify === undefined) return { kind: 'answer', answer };
  const untold = 'this run was started before, so --notify of this call has no effect';
  return { kind: 'answer', answer: { ...answer, notes: [...(answer.notes ?? []), untold] } };
}

/** It stands for the port in checks that are only looked at before there is one. */
const ANY_PORT = 20_000;

function writtenCheck(spec: CheckSpec): NonNullable<RunRecord['ready']>[number] {
  return typeof spec === 'string' ? spec : { ...spec };
}

/** With the breaker of its own name: another command has another history. */
function renamed(request: StartRequest, step: string): StartRequest {
  return step === request.step ? request : { ...request, step, breaker: breakerOf(request.config, step) };
}

function isUnnamed({ step, command }: AskedStart): boolean {
  return step === undefined && command !== undefined;
}

/** The name of the caller, or the derived one with a number if another command is running under it. */
async function nameOf(request: StartRequest, input: AskedStart, dir: string, context: Context): Promise<ChosenName> {
  if (!isUnnamed(input)) return { step: request.step };
  const cwd = resolve(context.cwd, request.cwd ?? '.');
  const reserved = new Set(Object.keys(request.config?.steps ?? {}));
  return freeName(request.step, { dir, command: request.command, cwd, reserved });
}

/** `PM_CGROUP=off` starts runs without a cgroup of their own, as on a machine where none can be made. */
function isConfined({ env }: Context): boolean {
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

/** Registers and prunes the directory after the start was answered, so that it does not delay the command. */
export function cleanUpLater(dir: string, step: string, config: Config | undefined, context: Context): void {
  context.answered?.(() => {
    // A failure does not concern the run that was started, and the next start tries again.
    import('../retention/clean-up.ts').then(({ cleanUp }) => cleanUp(dir, step, config, context)).catch(() => {});
  });
}
