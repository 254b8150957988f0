import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { hastenCgroupMoves } from '@pm/process';
import { directoryPaths, isRunId, isStepName, PmError, type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { isDirectory, readClaim } from '@pm/protocol/fs';
import { type Begun, beginAfter, type LaunchOptions, type RunSpec, readStepState } from '@pm/wrapper';
import { mayBeOpen } from '../breaker/lazy-breaker.ts';
import { breakerOf } from '../config/breaker-of.ts';
import type { Config } from '../config/config.ts';
import { policyOf } from '../config/policy-of.ts';
import { readConfig } from '../config/read-config.ts';
import type { Context } from '../project/context.ts';
import { cwdGone, locateDirectory } from '../project/locate-directory.ts';
import { ownerOf } from '../project/owner.ts';
import { type StartRequest, startRequestOf } from '../project/start-request.ts';
import { unreadConfig } from '../project/unread-config.ts';
import type { Answer } from '../shape/answer.ts';
import { invalidStepName } from '../shape/step-name.ts';
import type { BoundsDecision } from './enforce-bounds.ts';
import { type ChosenName, freeName, isSameCommand } from './free-name.ts';
import { refusalOf } from './refuse-command.ts';
import type { AskedStart, StartVerb } from './start-call.ts';

/** A run that was begun, or the answer that says why not. */
export type BegunRun =
  | { readonly kind: 'begun'; readonly dir: string; readonly run: RunRecord; readonly notes: readonly string[] }
  | { readonly kind: 'answer'; readonly answer: Answer };

// Why: contributing/decisions/2026-11-27-checks-belong-to-one-claim.md
/**
 * Does everything up to the start of the wrapper: resolves the command, names the step, makes the policy and begins the run.
 * Each module that is loaded here delays the command, so what only some answers need is loaded later.
 * @returns also the configuration as it was read for this call
 * @throws PmError `usage` for a bad step name, working directory or policy; `directory-unusable`; `still-finishing`
 */
export async function beginRun(
  verb: StartVerb,
  input: AskedStart,
  context: Context,
): Promise<BegunRun & { readonly config: Config | undefined }> {
  if (input.step !== undefined && !isStepName(input.step)) throw invalidStepName(input.step);
  if (isConfined(context)) hastenCgroupMoves(); // first of all: it takes 10 to 20 ms, beside everything below
  const dir = locateDirectory(input.dir, context);
  const config = await readConfig(dir, context.bounds);
  return { ...(await begunFrom(verb, startRequestOf(input, config, dir), input, dir, context)), config };
}

async function begunFrom(
  verb: StartVerb,
  asked: StartRequest,
  input: AskedStart,
  dir: string,
  context: Context,
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
  if (input.backoff !== undefined && (request.retries ?? 0) === 0) throw backoffWithoutRetries();
  const policy = policyOf(request);
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
    ...(!isConfined(context) && { unconfined: true }),
  };
  const begun = await admitted(request, spec, context);
  if (begun.kind === 'begun') {
    const unread = request.config === undefined ? unreadConfig(dir, context) : undefined;
    const ownNotes = [...begun.notes, ...(told?.recordFor(begun.run) ?? [])];
    const notes = [...[name.note ?? []].flat(), ...ownNotes, ...(unread === undefined ? [] : [unread])];
    return { kind: 'begun', dir, run: begun.run, notes };
  }
  if (begun.kind === 'answer') return begun;
  // Another start has just taken the name that was chosen for this one.
  if (isUnnamed(input) && begun.run !== undefined && !isSameCommand(begun.run.argv, command))
    return begunFrom(verb, asked, input, dir, context);
  const { alreadyRunning } = await import('./already-running.ts');
  const call = { command, dir: input.dir, stdin: input.stdin };
  const answer = alreadyRunning(dir, step, call, { cwd, policy }, begun.run);
  if (input.notify === undefined) return { kind: 'answer', answer };
  const untold = 'this run was started before, so --notify of this call has no effect';
  return { kind: 'answer', answer: { ...answer, notes: [...(answer.notes ?? []), untold] } };
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

type Admitted =
  | { readonly kind: 'begun'; readonly run: RunRecord; readonly notes: readonly string[] }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | Extract<Begun, { kind: 'already-running' }>;

/**
 * Asks the checks and the breaker of the step, then begins the run that follows the newest claim. A step that is running already is not
 * checked: its own run may hold the port that a check wants free. If another start was faster, everything is asked again.
 */
async function admitted(request: StartRequest, spec: RunSpec, context: Context): Promise<Admitted> {
  const { dir, step, cwd } = spec;
  if (mayBeDeleted(dir, step)) (await import('../runs/restore-runs.ts')).restoreBeforeStart(dir, step);
  for (let isPaid = false; ; isPaid = true) {
    const state = await readStepState(dir, step);
    if (state.kind === 'already-running') return state;
    const gate =
      request.checks && (await (await import('../preflight/preflight-gate.ts')).preflightGate(request, dir, context));
    if (gate?.kind === 'refused') return { kind: 'answer', answer: gate.answer };
    const asking = { cwd, findings: gate?.findingsHash, after: state.n, isPaid };
    const admission = mayBeOpen(dir, step, request.breaker)
      ? await (await import('../breaker/admit.ts')).admit(dir, request, asking, context)
      : undefined;
    if (admission?.kind === 'refused') return { kind: 'answer', answer: admission.answer };
    const begun = await beginAfter(spec, state.n);
    if (begun.kind === 'begun') return { ...begun, notes: [...(gate?.notes ?? []), ...(admission?.notes ?? [])] };
    if (begun.kind === 'already-running') return begun;
  }
}

// Why: contributing/decisions/2026-11-29-deleted-records.md
/**
 * True if the records of a live run may have been deleted: the directory has none at all, so it is also true of the first start in it;
 * or the step has a `.pid` and no claim, or no folder for it.
 */
function mayBeDeleted(dir: string, step: string): boolean {
  const { runs, steps } = directoryPaths(dir);
  if (!existsSync(runs) || !existsSync(steps)) return true;
  if (!existsSync(stepPaths(dir, step).pid)) return false;
  const claim = readClaim(dir, step);
  return claim === undefined || (claim.run.kind === 'present' && !existsSync(runPaths(dir, claim.run.value.id).folder));
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

/** In `defaults` of a configuration, a backoff without retries is for the steps that have some. In a call it is a mistake. */
function backoffWithoutRetries(): PmError {
  const message = '--backoff is the pause between attempts, but there is only one attempt.';
  return new PmError('usage', message, 'Set the number of retries too: --retries 3.');
}

function noSuchDirectory(cwd: string, { cwd: asked }: AskedStart): PmError {
  const by = asked === undefined ? 'the cwd of this step in pm.config.json' : '--cwd';
  return new PmError(
    'usage',
    `${by}: ${cwd} is not a directory.`,
    'Create it, or use another one. Nothing was started.',
  );
}

/** What a wrapper starts at its end if work is left for a resident monitor and none lives. */
export function residentOf({ resident, env }: Context): Pick<LaunchOptions, 'resident'> {
  return resident === undefined || env['PM_RESIDENT'] === 'off' ? {} : { resident };
}

/** Registers and prunes the directory after the start was answered, so that it does not delay the command. */
export function cleanUpLater(dir: string, step: string, config: Config | undefined, context: Context): void {
  context.answered?.(() => {
    // A failure does not concern the run that was started, and the next start tries again.
    import('../retention/clean-up.ts').then(({ cleanUp }) => cleanUp(dir, step, config, context)).catch(() => {});
  });
}
