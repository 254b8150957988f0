import * as z from 'zod/mini';
import type { EngineSession } from './engine/session.ts';
import type { FleetLease } from './lease.ts';

/** One row of what a holder has kept of the output of an entry. */
const LogRow = z.looseObject({
  /** Of the holder: one that is late may add to the rows of a later one. */
  turn: z.number(),
  /** What it wrote: JSON. */
  row: z.unknown(),
});
export type LogRow = z.infer<typeof LogRow>;

/** So many are read at a time. */
const PAGE = 100;

/** BullMQ keeps the rows with the job, and bull-board shows them. */
export async function addRow({ queue }: EngineSession, { entry, turn }: FleetLease, row: unknown): Promise<void> {
  await queue.getBackend().addLog(entry.id, JSON.stringify({ turn, row }));
}

/** An unreadable row is returned as turn 0, so that the numbers of the others stay right. */
export async function readRows({ queue }: EngineSession, id: string, from: number): Promise<LogRow[]> {
  const { logs } = await queue.getJobLogs(id, from, from + PAGE - 1, true);
  return logs.map((text) => z.safeParse(LogRow, parsed(text)).data ?? { turn: 0, row: undefined });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
