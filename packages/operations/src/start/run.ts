import { presentIn, readRunRecord } from '@pm/protocol/fs';
import { launch, spawnAttached } from '@pm/wrapper';
import * as z from 'zod/mini';
import { lateInputNotes } from '../admit/refuse-command.ts';
import { residentOf } from '../admit/resident-of.ts';
import type { AskedStart } from '../admit/start-call.ts';
import { withBreakers } from '../breaker/lazy-breaker.ts';
import { readConfig } from '../config/read-config.ts';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { rememberDirectory } from '../project/known-directories.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { cleanUpLater } from '../retention/clean-up-later.ts';
import { ensureResident } from '../runs/ensure-resident.ts';
import { nextCallsForAll } from '../runs/next-calls.ts';
import { viewOfOutcome } from '../runs/outcome-view.ts';
import { viewNow } from '../runs/run-view.ts';
import { markSeenAfterAnswer } from '../runs/unseen-endings.ts';
import type { Answer } from '../shape/answer.ts';
import { dir } from '../shape/fields.ts';
import {
  command,
  cwd,
  front,
  keep,
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
} from '../shape/start-fields.ts';
import { attend } from '../wait/attend.ts';
import { whileWaiting } from '../wait/while-waiting.ts';
import { beginRun } from './begin-run.ts';
import type { AnyBegun } from './begun-answer.ts';

type Begun = Extract<AnyBegun, { kind: 'begun' }>;

export const run = operation({
  name: 'run',
  summary: 'Run a command, show its output, and exit with its exit code; it survives a closed terminal.',
  input: z.strictObject({
    step: stepToStart,
    command,
    dir,
    cwd,
    stdin,
    literal,
    skipChecks,
    notify,
    port,
    ...readiness,
    ...turn,
    front,
    keep,
    ...policy,
    ...stay,
  }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const begun = await beginRun('run', input, context);
    if (begun.kind === 'answer') return afterTurn(begun.answer, input, context);
    return whileWaiting(begun.dir, [begun.run], () => launchedAndShown(begun, input, context));
  },
});

/** Of a run that waits in a queue, shows the output once its turn has come. An interruption before that ends it. */
async function afterTurn(answer: Answer, input: AskedStart, context: Context): Promise<Answer> {
  const [view] = answer.runs;
  if (answer.refusal !== undefined || answer.alreadyRunning === true || view?.id === undefined) return answer;
  const where = locateDirectory(input.dir, context);
  await context.report?.({ type: 'started', run: view });
  const { findQueued } = await import('../runs/find-run.ts');
  const record = findQueued(where, view.step);
  if (record !== undefined) {
    const { untilTurn } = await import('../turn/until-turn.ts');
    const begun = await untilTurn(where, [record], context);
    if (begun.size === 0) {
      const { stopQueued } = await import('../queue/stop-queued.ts');
      const stopped = await stopQueued(where, view.step, 'interrupted', context);
      if (stopped !== undefined) return { runs: [stopped], next: [] };
    }
  }
  const run = presentIn(readRunRecord(where, view.id));
  if (run === undefined) return answer;
  const config = await readConfig(where, context.bounds).catch(() => undefined);
  return shown({ kind: 'begun', dir: where, run, notes: answer.notes ?? [], config }, input, context);
}

/** Starts the wrapper, shows the output until the end, and tells it. */
async function launchedAndShown(begun: Begun, input: AskedStart, context: Context): Promise<Answer> {
  const launching = launch(begun.dir, begun.run, {
    env: context.env,
    ...residentOf(context),
    ignored: context.ignoredSignals?.() ?? [],
    spawn: spawnAttached,
    ...(input.stdin === true && { stdin: context.stdin ?? 'ignore' }),
  });
  rememberDirectory(begun.dir, context.env);
  await launching;
  cleanUpLater(begun.dir, begun.run.step, begun.config, context);
  await context.report?.({ type: 'started', run: viewNow(begun.dir, begun.run, BY) });
  ensureResident(begun.dir, context);
  return shown(begun, input, context);
}

async function shown(begun: Begun, input: AskedStart, context: Context): Promise<Answer> {
  const { outcome, unread } = await attend(begun.dir, begun.run, BY, context);
  const view = viewOfOutcome(begun.dir, begun.run, outcome);
  markSeenAfterAnswer([view], begun.dir, context);
  const { notesAbout } = await import('../runs/output-notes.ts');
  const ownNotes = input.stdin === true ? [] : notesAbout([view]);
  const inner =
    outcome.outcome === 'success' || outcome.outcome === 'failed'
      ? undefined
      : (await import('../runs/inner-runs.ts')).innerRuns(begun.dir, [view], input.dir, BY);
  const lateInput = await lateInputNotes(input, context);
  const needs = begun.run.needs === undefined ? undefined : await needsOf(begun, input, context);
  const notes = [
    ...begun.notes,
    ...unread,
    ...lateInput,
    ...ownNotes,
    ...(needs?.notes ?? []),
    ...(inner?.notes ?? []),
  ];
  return {
    runs: await withBreakers(begun.dir, [view], context, async () => begun.config),
    ...(notes.length > 0 && { notes }),
    next: [...(needs?.next ?? []), ...(await nextCallsForAll([view], input.dir, context)), ...(inner?.next ?? [])],
  };
}

/** The services that only this run needed are gone before the call returns: whatever comes next may use their ports. */
async function needsOf({ dir, run: needy }: Begun, input: AskedStart, context: Context) {
  const { endedNeeds } = await import('../sets/ended-needs.ts');
  return endedNeeds(dir, [needy], input.dir, context, { by: BY, isLater: false });
}

const BY = `pm run ${process.pid}`;
