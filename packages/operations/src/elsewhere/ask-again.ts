import type { FleetQueue } from '@pm/fleet';
import { presentIn, readQueued } from '@pm/protocol/fs';
import { closeEntry, type EntryElsewhere } from './entries.ts';
import { giveEntry } from './give-entry.ts';
import { lose } from './lose.ts';

/** The engine forgets what has ended after seven days, or after 10 000 other entries. What it does not know later than this may have run. */
const FORGOTTEN_MS = 24 * 3_600_000;

// Why: contributing/decisions/2026-11-29-an-unanswered-start-waits.md
/**
 * Settles what is to become of an entry that an engine was asked to take and does not know: it is added, with the same id. If its run was
 * ended meanwhile, what makes sure that it is never added is left at the engine.
 */
export async function askAgain(dir: string, entry: EntryElsewhere, fleet: FleetQueue): Promise<void> {
  const { id, step, queue, offer } = entry;
  if (offer === undefined || offer.isBusy) return;
  const record = presentIn(readQueued(dir, step));
  const own = { id, dir, step, project: offer.project };
  if (record?.id !== id) {
    if (await fleet.withdraw({ ...own, priority: 0 })) closeEntry(dir, entry);
  } else if (offer.ageMs > FORGOTTEN_MS) {
    const evidence = 'the engine did not say whether it took it, and does not know it a day later, so it may have run';
    await lose(dir, entry, 'the engine', evidence);
  } else {
    await giveEntry({ ...own, priority: record.queue.priority }, queue, async () => fleet);
  }
}
