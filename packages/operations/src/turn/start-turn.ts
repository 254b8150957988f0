import { hastenCgroupMoves } from '@pm/process';
import { PmError, type QueuedRecord, type RunRecord } from '@pm/protocol';
import { removeQueued } from '@pm/protocol/fs';
import { hasTurnBegun, launch, resumeTurn } from '@pm/wrapper';
import { admitted } from '../admit/admitted.ts';
import { refusalOf } from '../admit/refuse-command.ts';
import { residentOf } from '../admit/resident-of.ts';
import { readConfig } from '../config/read-config.ts';
import type { Context } from '../project/context.ts';
import { startRequestOf } from '../project/start-request.ts';
import { endUnbegun } from '../queued/never-begun.ts';
import { callerOf, specOf } from '../queued/queued-call.ts';
import type { Answer } from '../shape/answer.ts';

/** `later` if another run of the step is live, or as many runs as the bounds of its caller allow; `ended` if it was refused, which is on record as its outcome. */
export type StartOfTurn = 'started' | 'ended' | 'later';

/** If no wrapper begins after so many launches, something here kills each of them: the run is told as lost. */
const MOST_LAUNCHES = 3;

/**
 * Begins a run whose turn has come: asks the checks and the breaker of its step now, and claims the step. From then on it is a live run.
 * @returns what launches it with the environment of its caller, and ends when its command has begun
 */
export async function beginTurn(
  dir: string,
  record: QueuedRecord,
  own: Context,
): Promise<{ readonly launch: Promise<StartOfTurn> }> {
  const { step, id, asked, batch } = record;
  // First of all: it takes 10 to 20 ms, beside everything below. The moves of a batch follow each other, so they are quick by themselves.
  if (asked.unconfined !== true && batch === undefined) hastenCgroupMoves();
  const orEnded = async (work: () => Promise<StartOfTurn>): Promise<StartOfTurn> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PmError) || error.code === 'directory-unusable') throw error;
      // Most often the configuration was changed meanwhile, or it could not be launched, and that is its outcome already.
      return (await ended(dir, record, { message: error.message, kind: error.code })) ?? 'later';
    }
  };
  let launching: (() => Promise<StartOfTurn>) | undefined;
  const turn = await orEnded(async () => {
    const context = callerOf(record, own);
    const run = resumeTurn(dir, step, id) ?? (await begun(dir, record, context));
    if (typeof run === 'string') return run;
    launching = async () => {
      // A wrapper that was killed before it began is started again, and the slot stays held. Of two wrappers one passes the gate.
      for (let launches = 0; launches < MOST_LAUNCHES && !hasTurnBegun(dir, id); launches++)
        await launch(dir, run, { env: context.env, umask: record.umask, ...residentOf(context) });
      removeQueued(dir, record);
      return 'started';
    };
    return 'started';
  });
  return { launch: launching === undefined ? Promise.resolve(turn) : orEnded(launching) };
}

async function begun(dir: string, record: QueuedRecord, context: Context): Promise<RunRecord | 'ended' | 'later'> {
  const { step, argv, cwd, asked } = record;
  if (asked.bounds !== undefined && (await isBoundReached(dir, asked.bounds, context))) return 'later';
  const input = {
    step,
    command: argv,
    cwd,
    skipChecks: asked.skipChecks,
    notify: asked.notify,
    port: asked.port,
    literal: true,
  };
  const request = startRequestOf(input, await readConfig(dir), dir);
  const refused = await refusalOf('start', request, input, cwd, context);
  if (refused !== undefined) return (await endedBy(dir, record, refused)) ?? 'later';
  const told =
    request.notify === undefined
      ? undefined
      : (await import('../notify/plan-notifications.ts')).planNotifications(
          request,
          undefined,
          dir,
          record.owner,
          context,
        );
  const result = await admitted(request, specOf(dir, record), context);
  if (result.kind === 'answer') return (await endedBy(dir, record, result.answer)) ?? 'later';
  if (result.kind === 'already-running') return 'later';
  told?.recordFor(result.run);
  return result.run;
}

/** Bounds hold for what models ask for, also when its turn has come. */
async function isBoundReached(
  dir: string,
  { runs, ...where }: NonNullable<QueuedRecord['asked']['bounds']>,
  { env }: Context,
): Promise<boolean> {
  const { liveRunsWithin } = await import('../admit/runs-within-bounds.ts');
  return liveRunsWithin(dir, env, where).length >= runs;
}

function endedBy(dir: string, record: QueuedRecord, { refusal, findings = [] }: Answer): Promise<'ended' | undefined> {
  const failed = findings.filter(({ state }) => state === 'fail').map(({ title, evidence }) => `${title}: ${evidence}`);
  const message = [refusal?.message ?? 'it was refused', ...failed].join('; ');
  return ended(dir, record, { message, kind: refusal?.kind ?? 'refused' });
}

async function ended(
  dir: string,
  record: QueuedRecord,
  { message, kind }: { readonly message: string; readonly kind: string },
): Promise<'ended' | undefined> {
  const reason = kind === 'preflight-failed' ? 'preflight-failed' : 'refused';
  const evidence = `when its turn came: ${message.replace(/\.$/, '')}`;
  const run = await endUnbegun(dir, record, { by: `pm queue ${process.pid}`, evidence, reason });
  return run === undefined ? undefined : 'ended';
}
