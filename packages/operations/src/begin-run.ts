import { resolve } from 'node:path';
import { isStepName, type RunRecord } from '@pm/protocol';
import { begin, resolveCommand } from '@pm/wrapper';
import type { Answer, Next } from './answer.ts';
import { deriveStep } from './derive-step.ts';
import { badStepName } from './find-run.ts';
import { locateDirectory } from './locate-directory.ts';
import type { Context } from './operation.ts';
import { type PolicyInput, policyOf } from './policy-of.ts';
import { viewNow } from './run-view.ts';

/** What `start` and `run` have in common, parsed. */
export interface StartInput extends PolicyInput {
  readonly step?: string | undefined;
  readonly command: readonly string[];
  readonly dir?: string | undefined;
  readonly cwd?: string | undefined;
  readonly split?: boolean | undefined;
}

/** A begun run, or the answer that says why none was begun. */
export type BegunRun =
  | { readonly kind: 'begun'; readonly dir: string; readonly run: RunRecord }
  | { readonly kind: 'answer'; readonly answer: Answer };

/**
 * Resolves the command, names the step, settles the policy and begins the run: everything up to the wrapper's spawn.
 * @throws PmError `usage` for a bad step name, working directory or policy; `directory-unusable`; `still-finishing`
 */
export async function beginRun(input: StartInput, context: Context): Promise<BegunRun> {
  const cwd = resolve(context.cwd, input.cwd ?? '.');
  const dir = locateDirectory(input.dir, context);
  const step = input.step ?? deriveStep(input.command);
  if (!isStepName(step)) throw badStepName(step);
  const policy = policyOf(input);
  const [program = ''] = input.command;
  const resolution = resolveCommand(program, cwd, context.env['PATH']);
  if (resolution.kind !== 'found')
    return {
      kind: 'answer',
      answer: { runs: [], refusal: { kind: resolution.kind, message: resolution.why }, next: [] },
    };
  const spec = {
    dir,
    step,
    argv: input.command,
    cwd,
    policy,
    owner: ownerOf(context),
    ...(input.split === true && { split: true }),
  };
  const begun = await begin(spec);
  if (begun.kind === 'begun') return { kind: 'begun', dir, run: begun.run };
  return { kind: 'answer', answer: alreadyRunning(dir, step, input, cwd, begun.run) };
}

/** The next call for a run that goes on. */
export function waitFor(step: string, dir: string | undefined): Next {
  return { operation: 'wait', input: { steps: [step], ...(dir !== undefined && { dir }) }, why: 'learn how it ends' };
}

/** Agents repeat a start after a compaction: the same command in the same place is no mistake, it is already done. */
function alreadyRunning(
  dir: string,
  step: string,
  input: StartInput,
  cwd: string,
  live: RunRecord | undefined,
): Answer {
  const next = [waitFor(step, input.dir)];
  if (live === undefined) {
    return {
      runs: [],
      refusal: { kind: 'already-running', message: `${step} has a live run whose record is unreadable` },
      next,
    };
  }
  const same =
    live.cwd === cwd &&
    live.argv.length === input.command.length &&
    live.argv.every((word, i) => word === input.command[i]);
  const runs = [viewNow(dir, live, 'pm start')];
  if (same) return { runs, alreadyRunning: true, next };
  const message = `${step} is already running another command: ${live.argv.join(' ').slice(0, 200)}`;
  const stop: Next = { operation: 'stop', input: { steps: [step] }, why: 'end it first' };
  return { runs, refusal: { kind: 'already-running', message }, next: [...next, stop] };
}

function ownerOf({ env }: Context): RunRecord['owner'] {
  const session = env['PM_SESSION'] ?? env['CLAUDE_CODE_SESSION_ID'];
  return { user: env['USER'] ?? String(process.getuid?.() ?? ''), ...(session !== undefined && { session }) };
}
