import { dirname } from 'node:path';
import type { FleetQueue } from '@pm/fleet';
import { presentIn, readQueued } from '@pm/protocol/fs';
import type { NewEntry } from '@pm/queue';
import { configFileOf, readConfig } from '../config/read-config.ts';
import { unpackEnv } from '../queued/queued-call.ts';
import { forgetOffer, noteGiven, noteOffer, noteUnanswered } from './entries.ts';
import { travelling } from './travelling.ts';

// Why: contributing/decisions/2026-11-29-an-unanswered-start-waits.md
/**
 * Gives the engine an entry, as the record of the run that waits says. It may be called again for the same entry: an engine adds an id once.
 * @param engine opens the queue
 * @throws if the engine did not take it. If it may have taken it, that stays noted, and whoever looks next asks again
 */
export async function giveEntry(
  { dir, ...entry }: NewEntry,
  queue: string,
  engine: () => Promise<FleetQueue>,
): Promise<void> {
  const { id, step } = entry;
  const note = { id, step, queue };
  // The doubts of an earlier call stay.
  const isFirst = noteOffer(dir, { ...note, project: entry.project });
  try {
    const record = presentIn(readQueued(dir, step));
    if (record?.id !== id) {
      // It was ended meanwhile.
      if (isFirst) forgetOffer(dir, id);
      return;
    }
    const [config, { workOfRecord }] = await Promise.all([readConfig(dir), import('./work.ts')]);
    const env = travelling(unpackEnv(record.env), queue, config);
    const work = workOfRecord(record, dirname(configFileOf(dir)), env);
    const rerun = record.asked.rerun === true ? { rerun: true } : {};
    await (await engine()).enqueue({ ...entry, dir, work, ...rerun });
  } catch (error) {
    if (isFirst) (mayBeDone(error) ? noteUnanswered : forgetOffer)(dir, id);
    throw error;
  }
  noteGiven(dir, note);
}

/** Whether an engine was told to change something and gave no answer. */
function mayBeDone(error: unknown): boolean {
  const { cause } = Object(error) as { cause?: unknown };
  return (Object(cause) as { mayBeDone?: unknown }).mayBeDone === true;
}
