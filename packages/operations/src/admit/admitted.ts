import { existsSync } from 'node:fs';
import { directoryPaths, type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { readClaim } from '@pm/protocol/fs';
import { type Begun, beginAfter, type RunSpec, readStepState } from '@pm/wrapper';
import { mayBeOpen } from '../breaker/lazy-breaker.ts';
import type { GivenPort } from '../ports/give-port.ts';
import type { Context } from '../project/context.ts';
import { type StartRequest, wordsWithPort } from '../project/start-request.ts';
import type { Answer } from '../shape/answer.ts';
import type { PortChoice } from '../shape/start-fields.ts';

export type Admitted =
  | { readonly kind: 'begun'; readonly run: RunRecord; readonly notes: readonly string[] }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | Extract<Begun, { kind: 'already-running' }>;

/**
 * Asks the checks and the breaker of the step, then begins the run that follows the newest claim. A step that is running already is not
 * checked: its own run may hold the port that a check wants free. If another start was faster, everything is asked again.
 */
export async function admitted(request: StartRequest, spec: RunSpec, context: Context): Promise<Admitted> {
  const { dir, step, cwd } = spec;
  if (mayBeDeleted(dir, step)) (await import('../runs/restore-runs.ts')).restoreBeforeStart(dir, step);
  for (let isPaid = false; ; isPaid = true) {
    const state = await readStepState(dir, step);
    if (state.kind === 'already-running') return state;
    const given = request.port === undefined ? undefined : await portFor(request.port, request, spec, context);
    if (given?.kind === 'answer') return given;
    const gate =
      request.checks &&
      (await (await import('../preflight/preflight-gate.ts')).preflightGate(request, dir, context, given?.port));
    if (gate?.kind === 'refused') return { kind: 'answer', answer: gate.answer };
    const asking = { cwd, findings: gate?.findingsHash, after: state.n, isPaid };
    // A run with restart may open the breaker alone, so it is asked to note what the files are like before.
    const isAsked = mayBeOpen(dir, step, request.breaker) || request.restart !== undefined;
    const admission = isAsked
      ? await (await import('../breaker/admit.ts')).admit(dir, request, asking, context)
      : undefined;
    if (admission?.kind === 'refused') return { kind: 'answer', answer: admission.answer };
    const begun = await beginAfter(given === undefined ? spec : withPort(spec, given.port), state.n);
    if (begun.kind === 'begun') return { ...begun, notes: [...(gate?.notes ?? []), ...(admission?.notes ?? [])] };
    if (begun.kind === 'already-running') return begun;
  }
}

async function portFor(
  choice: PortChoice,
  { dir: named }: StartRequest,
  { dir, step }: RunSpec,
  context: Context,
): Promise<GivenPort> {
  const { givePort } = await import('../ports/give-port.ts');
  return givePort(choice, { dir, step, named }, context);
}

function withPort(spec: RunSpec, port: number): RunSpec {
  return { ...spec, port, argv: wordsWithPort(spec.argv, port) };
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
