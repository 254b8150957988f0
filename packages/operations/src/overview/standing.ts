import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { directoryPaths } from '@pm/protocol';
import { statOf } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import type { QueueView } from '../shape/views/queue-view.ts';
import type { OverviewBreaker } from './overview-event.ts';

/** How many waiting runs of each queue are shown. */
const MOST_WAITING = 100;

/** The queues of the user, and those of the directories in which runs wait. A queue that cannot be read is left out. */
export async function queuesNow(dirs: readonly string[], context: Context): Promise<QueueView[]> {
  const { queue } = await import('../control/queue.ts');
  const found = new Map<string, QueueView>();
  for (const dir of dirs) {
    const input = queue.input.parse({ dir, limit: MOST_WAITING });
    const { queues = [] } = await queue.run(input, context).catch(() => ({ queues: [] as QueueView[] }));
    for (const view of queues) if (!found.has(view.folder)) found.set(view.folder, view);
  }
  return [...found.values()];
}

/** The breakers of a directory that are not at rest, and a stamp that changes with their records. */
export interface DirectoryBreakers {
  readonly stamp: string;
  readonly breakers: readonly OverviewBreaker[];
}

/** @param before what was found the last time; it is returned again if no record has changed and no instant has passed */
export async function breakersNow(
  dir: string,
  before: DirectoryBreakers | undefined,
  context: Context,
): Promise<DirectoryBreakers> {
  const stamp = stampOf(directoryPaths(dir).breakers);
  const isDue = before?.breakers.some(({ nextAt }) => nextAt !== undefined && nextAt <= Date.now()) === true;
  if (before?.stamp === stamp && !isDue) return before;
  if (stamp === '') return { stamp, breakers: [] };
  const { breaker } = await import('../breaker/breaker.ts');
  const { breakers = [] } = await breaker.run(breaker.input.parse({ dir }), { ...context, cwd: dirname(dir) });
  return { stamp, breakers: breakers.map((view) => ({ ...view, dir })) };
}

function stampOf(folder: string): string {
  if (!existsSync(folder)) return '';
  return readdirSync(folder)
    .map((name) => `${name} ${statOf(`${folder}/${name}`)?.mtimeMs}`)
    .join('\n');
}
