import { DiskSize, isStepName, PmError } from '@pm/protocol';
import { FRONT, PRIORITY, type QueueSettings } from '@pm/queue';
import * as z from 'zod/mini';
import { readConfig } from '../config/read-config.ts';
import { engineQueueIn } from '../elsewhere/engine-of-queue.ts';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { openQueue } from '../queue/open-queue.ts';
import { queueFolderOf } from '../queue/queue-folder.ts';
import { ONLY_AFTER, queueNames } from '../queue/queue-names.ts';
import { findQueued, findRun } from '../runs/find-run.ts';
import type { Answer } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { dir } from '../shape/fields.ts';
import { front, turn } from '../shape/start-fields.ts';
import type { QueueView } from '../shape/views/queue-view.ts';
import type { Cleared } from './clear-queue.ts';
import { viewOfQueue } from './queue-view.ts';

const ACTIONS = ['show', 'set', 'move', 'pause', 'resume', 'clear'] as const;
type Action = (typeof ACTIONS)[number];

/** About one screen. */
const SHOWN = 20;

const QueueInput = z.strictObject({
  action: describe(
    'show, set, move, pause, resume or clear; or the name of a queue to show. Default: show all queues.',
    z.optional(z.string()),
  ),
  name: describe('Name of the queue; for move, the step that waits.', z.optional(z.string())),
  slots: describe(
    'set: how many of its runs go at a time.',
    z.optional(z.coerce.number().check(z.int(), z.gte(1, 'must be 1 at least'), z.lte(1_000, 'must be 1000 at most'))),
  ),
  freeMemory: describe('set: one more starts only if so much memory is free; 0 takes it back.', z.optional(DiskSize)),
  maxLoad: describe(
    'set: one more starts only if the load of the machine is below this; 0 takes it back.',
    z.optional(z.coerce.number().check(z.gte(0, 'must not be negative'))),
  ),
  priority: turn.priority,
  front,
  dir,
  limit: describe(
    `How many runs to show of each queue (default ${SHOWN}).`,
    z.optional(z.coerce.number().check(z.int(), z.gte(1), z.lte(100_000))),
  ),
});
type QueueInput = z.output<typeof QueueInput>;

export const queue = operation({
  name: 'queue',
  summary: 'Show and control your queues, in which runs of all projects wait for their turn.',
  input: QueueInput,
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const config = await readConfig(where, context.bounds);
    const { action, name } = actionOf(input);
    if (action === 'move') return moved(where, name, input, context);
    if (action === 'show' && hasSetting(input))
      throw missing('only set changes a setting', `pm queue set ${name ?? 'heavy'} --slots 2`);
    const names = name === undefined ? queueNames(where, config, context) : [name];
    if (name === undefined && action !== 'show')
      throw missing(`${action} needs a queue`, `pm queue ${action} heavy${action === 'set' ? ' --slots 2' : ''}`);
    if ((action === 'clear' || action === 'resume') && !queueNames(where, config, context).includes(name ?? ''))
      throw missing(`there is no queue ${name}`, 'pm queue');
    const opened = names.map((one) => ({ name: one, folder: queueFolderOf(one, config, where, context) }));
    const runs: Answer['runs'] = [];
    const notes: string[] = [];
    for (const { folder } of opened) {
      const done = await perform(action, folder, where, input, context);
      runs.push(...(done?.ended ?? []));
      const ordered = done?.ordered ?? 0;
      if (ordered > 0) notes.push(`runs that wait again after a lost worker, ended by the next one: ${ordered}`);
    }
    const limit = input.limit ?? SHOWN;
    const queues = await Promise.all(opened.map((one) => queueView(one, where, limit)));
    // The queue of runs that wait only for others is of interest only while there are some.
    const shown = queues.filter((view) => name !== undefined || view.name !== ONLY_AFTER || view.total > 0);
    if (runs.length > limit) notes.push(`${runs.length} runs were cancelled; ${limit} are shown`);
    return { runs: runs.slice(0, limit), queues: shown, ...(notes.length > 0 && { notes }), next: [] };
  },
});

/** A queue whose engine is away is shown, and why. */
async function queueView(
  one: { readonly name: string; readonly folder: string },
  where: string,
  limit: number,
): Promise<QueueView> {
  if (engineQueueIn(one.folder) === undefined) return viewOfQueue(one, openQueue(one.folder, where), limit);
  try {
    const view = await viewOfQueue(one, openQueue(one.folder, where), limit);
    return await (await import('../queue/hosts-view.ts')).withHosts(view, where);
  } catch (error) {
    if (!(error instanceof PmError)) throw error;
    return { ...one, slots: 0, running: [], waiting: [], total: 0, why: error.message };
  }
}

async function perform(
  action: Action,
  folder: string,
  where: string,
  input: QueueInput,
  context: Context,
): Promise<Cleared | undefined> {
  const one = openQueue(folder, where);
  switch (action) {
    case 'set':
      await one.configure(settingsIn(input));
      break;
    case 'pause':
      await one.configure({ paused: true });
      return undefined;
    case 'resume':
      await one.configure({ paused: false });
      break;
    case 'clear':
      return (await import('./clear-queue.ts')).clearQueue(one, folder, where, context);
    default:
      return undefined;
  }
  const { dispatchOne } = await import('../turn/dispatch.ts');
  const { slots } = (await one.list(0)).settings;
  for (let left = slots; left > 0; left--) if ((await dispatchOne(one, context)) !== undefined) break;
  return undefined;
}

function hasSetting({ slots, freeMemory, maxLoad }: QueueInput): boolean {
  return (slots ?? freeMemory ?? maxLoad) !== undefined;
}

function settingsIn({ slots, freeMemory, maxLoad }: QueueInput): Partial<QueueSettings> {
  const patch = {
    ...(slots !== undefined && { slots }),
    ...(freeMemory !== undefined && { freeMemoryBytes: freeMemory || undefined }),
    ...(maxLoad !== undefined && { maxLoad: maxLoad || undefined }),
  };
  if (Object.keys(patch).length === 0) throw missing('set needs a setting', 'pm queue set heavy --slots 2');
  return patch;
}

async function moved(where: string, step: string | undefined, input: QueueInput, context: Context): Promise<Answer> {
  if (step === undefined) throw missing('move needs a step that waits', 'pm queue move npm-test --front');
  if (input.front !== true && input.priority === undefined)
    throw missing('move needs a place', `pm queue move ${step} --front`);
  const record = findQueued(where, step);
  if (record === undefined) {
    findRun(where, step); // says so if there is none at all
    throw missing(`${step} does not wait in a queue now`, `pm status ${step}`);
  }
  const { name, folder } = record.queue;
  const own = openQueue(folder, where);
  const priority = input.front === true ? FRONT : (input.priority ?? PRIORITY.usual);
  if (!(await own.move(record.id, priority)))
    throw missing(`${step} does not wait in a queue now`, `pm status ${step}`);
  (await import('../runs/ensure-resident.ts')).ensureResident(where, context);
  return { runs: [], queues: [await viewOfQueue({ name, folder }, own, input.limit ?? SHOWN)], next: [] };
}

function actionOf({ action, name }: QueueInput): { action: Action; name: string | undefined } {
  const known = ACTIONS.find((one) => one === action);
  const asked = known === undefined ? (action ?? name) : name;
  if (known === undefined && action !== undefined && name !== undefined)
    throw missing(`there is no action ${action}`, `Actions: ${ACTIONS.join(', ')}.`);
  if (asked !== undefined && !isStepName(asked))
    throw missing(
      `${JSON.stringify(asked)} is not a valid name`,
      'A queue has a name like a step: letters, digits, . _ -',
    );
  return { action: known ?? 'show', name: asked };
}

function missing(what: string, next: string): PmError {
  return new PmError('usage', `queue: ${what}.`, next);
}
