import { adoptProcess } from '@pm/monitor';
import { type Identity, startedAtMs } from '@pm/process';
import { isStepName, Limit, PmError, type Policy, type RunRecord, stateFolder } from '@pm/protocol';
import { hasQueued } from '@pm/protocol/fs';
import { roughDuration } from '@pm/protocol/text';
import { readStepState } from '@pm/wrapper';
import * as z from 'zod/mini';
import { readConfig } from '../config/read-config.ts';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { deriveStep } from '../project/derive-step.ts';
import { everyDirectory, rememberDirectory } from '../project/known-directories.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { ownerOf } from '../project/owner.ts';
import { startRequestOf } from '../project/start-request.ts';
import { realPlace } from '../project/within-roots.ts';
import { cleanUpLater } from '../retention/clean-up-later.ts';
import { ensureResident } from '../runs/ensure-resident.ts';
import { unseenOutput } from '../runs/log-tail.ts';
import { nextCallsFor } from '../runs/next-calls.ts';
import { viewNow } from '../runs/run-view.ts';
import type { Answer } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { dir } from '../shape/fields.ts';
import { policy as policyFields } from '../shape/start-fields.ts';
import { invalidStepName, stepName } from '../shape/step-name.ts';
import { type Adoptable, adoptable } from './adoptable.ts';
import { adoptedPolicy } from './adopted-policy.ts';
import { liveRunOf } from './live-run-of.ts';
import { asOnlyAdopter } from './one-adopter.ts';

const AdoptInput = z.strictObject({
  pid: describe(
    'The process to watch: it was started without pm, for example with &.',
    z.coerce.number().check(z.int()),
  ),
  dir,
  as: describe('Name of its step. Default: derived from its command.', z.optional(stepName)),
  timeout: describe('Time limit from now on (default none). Sleep of the machine does not count.', z.optional(Limit)),
  grace: policyFields.grace,
  liveness: describe(
    'What shows that it is alive: wrapper (never hung, the default), or activity (CPU or I/O).',
    z.optional(z.enum(['wrapper', 'activity'])),
  ),
  stale: policyFields.stale,
  quietAfter: policyFields.quietAfter,
});
type AdoptInput = z.output<typeof AdoptInput>;

// Why: contributing/decisions/2026-11-29-an-adopted-process.md
export const adopt = operation({
  name: 'adopt',
  summary: 'Watch a process that was started without pm: judge it, limit it, stop it. Its exit status stays unknown.',
  input: AdoptInput,
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const { pid, as, dir: named, ...options } = input;
    if (as !== undefined && !isStepName(as)) throw invalidStepName(as);
    const where = locateDirectory(named, context);
    const found = adoptable(pid);
    const { argv } = found.program;
    const step = as ?? deriveStep(argv);
    const config = await readConfig(where, context.bounds);
    const judged = adoptedPolicy(startRequestOf({ ...options, step, command: argv }, config, where));
    const folder = `${stateFolder(context.env) ?? where}/adopting`;
    for (;;) {
      const tried = await asOnlyAdopter(folder, found.process, context.signal, () =>
        tryToAdopt(where, step, found, judged.policy, input, context),
      );
      if ('answer' in tried) return tried.answer;
      if (tried.run === undefined) continue; // another run has just taken the step: look again
      cleanUpLater(where, step, config, context);
      ensureResident(where, context);
      const view = viewNow(where, tried.run, BY);
      return {
        runs: [view],
        notes: [...notesOn(found, tried.run), ...judged.notes],
        next: nextCallsFor(view, named),
      };
    }
  },
});

const BY = `pm adopt ${process.pid}`;

/** Tries once. Without a run and an answer, another run has taken the step meanwhile. */
async function tryToAdopt(
  where: string,
  step: string,
  { process, program }: Adoptable,
  policy: Policy,
  input: AdoptInput,
  context: Context,
): Promise<{ readonly answer: Answer } | { readonly run: RunRecord | undefined }> {
  const holder = liveRunOf(process, everyDirectory(where, context.env).dirs);
  if (holder !== undefined) return { answer: alreadyHeld(where, process, holder, input) };
  if (hasQueued(where, step)) throw nameTaken(step, 'waits for its turn in a queue');
  const state = await readStepState(where, step);
  if (state.kind === 'already-running') throw nameTaken(step, 'has a live run');
  const startedAt = startedAtMs(process);
  const run = adoptProcess(where, step, state.n, {
    process,
    argv: program.argv,
    cwd: program.cwd ?? context.cwd,
    policy,
    owner: ownerOf(context),
    adopted: {
      ...(startedAt !== undefined && { startedAt: Math.round(startedAt) }),
      ...(program.output?.startsWith('/') && { output: program.output }),
    },
  });
  // Before another call may adopt it: that one looks in the registered directories.
  if (run !== undefined) rememberDirectory(where, context.env);
  return { run };
}

/** It belongs to a run: the same call again is told so, and any other is refused. */
function alreadyHeld(
  where: string,
  process: Identity,
  { dir: at, run }: { readonly dir: string; readonly run: RunRecord },
  input: AdoptInput,
): Answer {
  const view = viewNow(at, run, BY);
  const isHere = at === realPlace(where);
  const runs = [isHere ? view : { ...view, dir: at }];
  const next = nextCallsFor(view, isHere ? input.dir : at);
  const isSame = isHere && run.adopted !== undefined && view.pid === process.pid;
  if (isSame && (input.as === undefined || input.as === run.step)) return { runs, alreadyRunning: true, next };
  const place = isHere ? '' : ` of ${at}`;
  const message = `process ${process.pid} belongs to the live run ${run.step}${place}`;
  return { runs, refusal: { kind: 'already-running', message }, next };
}

function notesOn({ process }: Adoptable, run: RunRecord): string[] {
  const { startedAt } = run.adopted ?? {};
  const since =
    startedAt === undefined ? '' : ` began ${roughDuration(Math.max(0, run.createdAt - startedAt))} ago and`;
  const note = `process ${process.pid}${since} was not started by pm: its exit status will be unknown`;
  return [[note, unseenOutput(run)].filter(Boolean).join('; ')];
}

function nameTaken(step: string, why: string): PmError {
  return new PmError('already-running', `${step} ${why}. Nothing was adopted.`, 'Name another step with --as.');
}
