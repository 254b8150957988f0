import type { RunRecord } from '@pm/protocol';
import { presentIn, readRunRecord } from '@pm/protocol/fs';
import { launch } from '@pm/wrapper';
import { lateInputNotes } from '../admit/refuse-command.ts';
import { residentOf } from '../admit/resident-of.ts';
import type { AskedStart } from '../admit/start-call.ts';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import { rememberDirectory } from '../project/known-directories.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { cleanUpLater } from '../retention/clean-up-later.ts';
import type { Answer } from '../shape/answer.ts';

/** A run that was begun, or the answer that says why not. */
export type BegunRun =
  | { readonly kind: 'begun'; readonly dir: string; readonly run: RunRecord; readonly notes: readonly string[] }
  | { readonly kind: 'answer'; readonly answer: Answer };

/** The same, with the configuration as it was read for the call. */
export type AnyBegun = BegunRun & { readonly config: Config | undefined };
type Begun = Extract<AnyBegun, { kind: 'begun' }>;

/** Starts the wrapper, or joins the run that is there, and waits for its end if that is asked. */
export async function begunAnswer(begun: AnyBegun, input: AskedStart, context: Context): Promise<Answer> {
  const answer = begun.kind === 'answer' ? begun.answer : await launched(begun, input, context);
  if (input.waitReady === true) {
    const { waitReady } = await import('../ready/wait-ready.ts');
    return waitReady(locateDirectory(input.dir, context), answer, input, context, async () => begun.config);
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
  rememberDirectory(where, context.env);
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
