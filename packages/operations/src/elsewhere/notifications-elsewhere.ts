import type { RunRecord } from '@pm/protocol';
import { presentIn, readQueued } from '@pm/protocol/fs';
import { readConfig } from '../config/read-config.ts';
import { startRequestOf } from '../project/start-request.ts';
import type { EntryElsewhere } from './entries.ts';

/**
 * Who is told how an entry ends: the submitter's side tells, as for a run of this host. It is asked before the record of the run that waits
 * is gone.
 * @returns what records it for the run that was begun; undefined if nobody is told
 */
export async function notificationsOf(
  dir: string,
  { id, step }: EntryElsewhere,
): Promise<((run: RunRecord) => void) | undefined> {
  const record = presentIn(readQueued(dir, step));
  if (record?.id !== id) return undefined;
  const { argv, cwd, asked, owner } = record;
  const request = startRequestOf(
    { step, command: argv, cwd, notify: asked.notify, literal: true },
    await readConfig(dir),
    dir,
  );
  if (request.notify === undefined) return undefined;
  const { planNotifications } = await import('../notify/plan-notifications.ts');
  // The variables that a target names are those of this process: those of the caller are not kept.
  const own = { cwd, env: process.env, signal: new AbortController().signal };
  const planned = planNotifications(request, undefined, dir, owner, own);
  return planned && ((run) => void planned.recordFor(run));
}
