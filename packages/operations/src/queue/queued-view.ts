import { basename, dirname } from 'node:path';
import type { FleetHost } from '@pm/fleet';
import { PmError, type QueuedRecord } from '@pm/protocol';
import { FRONT, type Listing } from '@pm/queue';
import { engineQueueIn, openEngine } from '../elsewhere/engine-of-queue.ts';
import { offeredEntry } from '../elsewhere/entries.ts';
import type { RunView } from '../shape/answer.ts';
import { readinessOf } from './dependencies.ts';
import { whyUnserved } from './hosts-view.ts';
import { openQueue, realmHere } from './open-queue.ts';

/** A listing of a queue; if an engine keeps it, also the hosts whose workers are connected, if the engine has said it. */
export interface ListingHere extends Listing {
  readonly hosts?: readonly FleetHost[];
}

/**
 * The view of a run that waits for its turn: its place, and what it waits for.
 * @param listing of its queue, if the caller has it
 */
export async function viewOfQueued(dir: string, record: QueuedRecord, listing?: ListingHere): Promise<RunView> {
  const { step, id, argv, cwd, createdAt, queue } = record;
  const isOffered = engineQueueIn(queue.folder) !== undefined && offeredEntry(dir, id) !== undefined;
  const list = listing ?? (isOffered ? NOTHING : await listingOf(queue.folder, dir));
  const at = list.waiting.findIndex((ticket) => ticket.id === id);
  const priority = list.waiting[at]?.priority ?? queue.priority; // it may have been moved
  return {
    step,
    id,
    state: 'queued',
    evidence: isOffered && at < 0 ? UNANSWERED : await evidenceOf(dir, record, list, at),
    command: argv,
    cwd,
    startedAt: createdAt,
    elapsedMs: Math.max(0, Date.now() - createdAt),
    queue: {
      name: queue.name,
      ...(at >= 0 && { place: at + 1, waiting: list.total }),
      ...(priority !== 0 && priority < FRONT && { priority }),
    },
  };
}

/** Its engine is not asked only to show a run of which it has not said yet whether it has it. */
const NOTHING: Listing = { settings: { slots: 1 }, waiting: [], total: 0, running: [], newer: 0 };
const UNANSWERED = 'the engine did not answer; whether the entry was added is not known yet';

/** The listing of a queue. If its engine cannot be asked, the listing is empty and says why. */
export async function listingOf(folder: string, dir: string): Promise<ListingHere> {
  const queue = openQueue(folder, dir);
  const name = engineQueueIn(folder);
  if (name === undefined) return queue.list();
  try {
    const list = await queue.list();
    const fleet = await openEngine(name, dir);
    // Not every user of an engine may ask who is connected.
    const hosts = list.total === 0 ? undefined : await fleet.hosts().catch(() => undefined);
    return { ...list, ...(hosts !== undefined && { hosts }) };
  } catch (error) {
    if (!(error instanceof PmError)) throw error;
    return { ...NOTHING, lacks: error.message };
  }
}

async function evidenceOf(dir: string, record: QueuedRecord, list: ListingHere, at: number): Promise<string> {
  const { name } = record.queue;
  const readiness = await readinessOf(dir, record);
  if (readiness.kind === 'waiting') return `after ${readiness.steps.join(', ')}`;
  const { bounds } = record.asked;
  const isElsewhere = engineQueueIn(record.queue.folder) !== undefined;
  // An engine gets its entries at once: one that it does not list any more has just been taken.
  if (at < 0 && bounds !== undefined && !isElsewhere)
    return `waits until fewer than ${bounds.runs} runs are live, because its bounds allow ${bounds.runs}`;
  if (at < 0 && isElsewhere && list.lacks !== undefined) return `waits: ${list.lacks}`;
  if (at < 0) return `about to start in ${name}`;
  if (list.settings.paused === true) return `${ordinal(at + 1)} in ${name}, which is paused`;
  if (list.lacks !== undefined) return `${ordinal(at + 1)} in ${name}: ${list.lacks}`;
  if (!isElsewhere && list.waiting[at]?.realm !== realmHere())
    return `${ordinal(at + 1)} in ${name}, put there by a container or sandbox with its own processes: only a pm in it starts it`;
  const unserved = list.hosts === undefined ? undefined : whyUnserved(list.hosts, record.asked.labels);
  if (unserved !== undefined) return `${ordinal(at + 1)} in ${name}; ${unserved}`;
  const ahead = runningIn(dir, list);
  return `${ordinal(at + 1)} in ${name}${ahead === '' ? '' : ` behind ${ahead}`}`;
}

function runningIn(dir: string, { running }: Listing): string {
  const [first, ...more] = running.map((entry) => named(dir, entry));
  return first === undefined ? '' : more.length === 0 ? first : `${first} and ${more.length} more`;
}

function named(dir: string, entry: { readonly dir: string; readonly step: string }): string {
  return entry.dir === dir ? entry.step : `${entry.step} (${basename(dirname(entry.dir))})`;
}

/** 1st, 2nd, 3rd, 4th. */
function ordinal(n: number): string {
  const ending = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}
