import { PmError } from '@pm/protocol';
import { presentIn, readRunRecord } from '@pm/protocol/fs';
import { launch } from '@pm/wrapper';
import * as z from 'zod/mini';
import { lateInputNotes } from '../admit/refuse-command.ts';
import { residentOf } from '../admit/resident-of.ts';
import type { AskedStart } from '../admit/start-call.ts';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import type { Answer } from '../shape/answer.ts';
import {
  budget,
  command,
  cwd,
  dir,
  flag,
  front,
  literal,
  notify,
  policy,
  port,
  readiness,
  skipChecks,
  stay,
  stdin,
  stepToStart,
  turn,
} from '../shape/fields.ts';
import { whileWaiting } from '../wait/while-waiting.ts';
import { beginRun, cleanUpLater } from './begin-run.ts';

export const start = operation({
  name: 'start',
  summary: 'Start a command in the background and return at once; it keeps running without you.',
  input: z.strictObject({
    step: stepToStart,
    command,
    dir,
    cwd,
    wait: flag('Also wait until it ends. A signal ends only the wait.'),
    waitReady: flag('Also wait until it is ready, or has ended.'),
    ...readiness,
    budget,
    stdin,
    literal,
    skipChecks,
    notify,
    port,
    ...turn,
    front,
    ...policy,
    ...stay,
  }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const waits = input.wait === true || input.waitReady === true;
    if (input.budget !== undefined && !waits) throw budgetWithoutWait();
    if (input.wait === true && input.waitReady === true) throw twoWaits();
    const begun = await beginRun('start', input, context);
    if (context.caller !== undefined)
      (await import('./note-caller.ts')).noteCaller(context.caller, begun, input, context);
    if (begun.kind === 'answer' && (begun.answer.refusal !== undefined || begun.answer.runs.length === 0))
      return begun.answer;
    if (!waits || begun.kind === 'answer') return begunAnswer(begun, input, context);
    // From before it runs: a short run may be told by another wait and pruned before this one has begun.
    return whileWaiting(begun.dir, [begun.run], () => begunAnswer(begun, input, context));
  },
});

/** Starts the wrapper, or joins the run that is there, and waits for its end if that is asked. */
export async function begunAnswer(begun: AnyBegun, input: AskedStart, context: Context): Promise<Answer> {
  const answer = begun.kind === 'answer' ? begun.answer : await launched(begun, input, context);
  if (input.waitReady === true) {
    const { whenReady } = await import('../ready/when-ready.ts');
    return whenReady(locateDirectory(input.dir, context), answer, input, context, async () => begun.config);
  }
  const [started] = answer.runs;
  if (input.wait !== true || started?.id === undefined) return answer;
  await context.report?.({ type: 'started', run: started });
  const { waitFor } = await import('../wait/wait-for.ts');
  const where = locateDirectory(input.dir, context);
  // By its id: a short run may have ended, and somebody may have started the step again.
  const run = presentIn(readRunRecord(where, started.id));
  if (started.state === 'queued' || run === undefined) {
    const { waitForTurn } = await import('../wait/wait-for-turn.ts');
    return waitForTurn(where, [started.step], { dir: input.dir, budget: input.budget }, context);
  }
  const options = { dir: input.dir, budget: input.budget };
  const ended = await waitFor(where, [run], options, context, async () => begun.config);
  const notes = [...(answer.notes ?? []), ...(ended.notes ?? []), ...(await lateInputNotes(input, context))];
  return { ...ended, ...(notes.length > 0 && { notes }) };
}

// Why: contributing/decisions/2026-11-29-a-wait-tells-what-has-ended.md
/** Starts the wrapper first, and loads what the answer needs while the wrapper starts. */
async function launched(
  { dir: where, run, notes, config }: Begun,
  { dir: named, stdin, wait }: AskedStart,
  context: Context,
): Promise<Answer> {
  const launching = launch(where, run, {
    env: context.env,
    ...residentOf(context),
    ...(stdin === true && { stdin: context.stdin ?? 'ignore' }),
  });
  const [{ viewNow }, { nextCallsFor }, { ensureResident }, { sandboxNote }] = await Promise.all([
    import('../runs/run-view.ts'),
    import('../runs/next-calls.ts'),
    import('../runs/ensure-resident.ts'),
    import('../project/sandbox.ts'),
    launching,
  ]);
  cleanUpLater(where, run.step, config, context);
  const view = viewNow(where, run, 'pm start');
  ensureResident(where, context);
  const allNotes = [...notes, ...[(wait !== true && sandboxNote()) || []].flat()];
  return { runs: [view], ...(allNotes.length > 0 && { notes: allNotes }), next: nextCallsFor(view, named) };
}

function budgetWithoutWait(): PmError {
  const message = '--budget is how long to wait, but this start does not wait.';
  return new PmError(
    'usage',
    message,
    'Add --wait or --wait-ready, or use --budget with pm wait. Nothing was started.',
  );
}

function twoWaits(): PmError {
  const message = '--wait waits for the end of the run, and --wait-ready until it is ready.';
  return new PmError('usage', message, 'Leave out one of the two. Nothing was started.');
}

export type AnyBegun = Awaited<ReturnType<typeof beginRun>>;
type Begun = Extract<AnyBegun, { kind: 'begun' }>;
