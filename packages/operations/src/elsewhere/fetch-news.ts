import { hostname } from 'node:os';
import type { EntryStanding, FleetQueue } from '@pm/fleet';
import { decodeLogChunk, decodeReport, type LogChunk, type Report } from '@pm/protocol';
import { presentIn, readOutcome, readQueued } from '@pm/protocol/fs';
import { applyLog } from '../mirror/apply-log.ts';
import { applyReport } from '../mirror/apply-report.ts';
import { beginMirror } from '../mirror/begin-mirror.ts';
import { stopOrderOf } from '../mirror/stop-order.ts';
import { endUnbegun } from '../queued/never-begun.ts';
import { askAgain } from './ask-again.ts';
import { closeEntry, type EntryElsewhere, noteGiven } from './entries.ts';
import { lose } from './lose.ts';
import { notificationsOf } from './notifications-elsewhere.ts';

/** What this process knows of an entry from its earlier looks. */
export interface Follow {
  /** When it was asked for at last, by the clock of this process. */
  askedAtMs?: number;
  /** How many rows of its log were read. */
  rows: number;
  /** The turn of the newest one. */
  turn?: number;
  /** When the order to end it was left with the engine at last, by the clock of this process. */
  orderedMs?: number;
  /** When the engine was seen not to have it. */
  missingSinceMs?: number;
}

/** How often the order to end a run is left again. */
const AGAIN_MS = 2_000;
/** An entry that was just added may be unknown for a moment. Whoever has just taken one out says itself why it ended. */
const MISSING_MS = 5_000;

// Why: contributing/decisions/2026-11-29-a-worker-holds-by-evidence.md
/**
 * Asks the engine how an entry stands and writes it to the records of its run here. Carries an order to end it. Any number of processes may do
 * so at once.
 * @throws PmError `engine-unavailable`; what the disk throws
 */
export async function fetchNews(dir: string, entry: EntryElsewhere, fleet: FleetQueue, known: Follow): Promise<void> {
  const { id } = entry;
  const order = stopOrderOf(dir, id);
  // Another order that was left at the same instant may have taken its place, so it is left again until the worker confirms it.
  const isDue = performance.now() - (known.orderedMs ?? Number.NEGATIVE_INFINITY) >= AGAIN_MS;
  if (order !== undefined && isDue && (await fleet.order(id, { stop: order }))) known.orderedMs = performance.now();
  const standing = await fleet.standing(id);
  const isInDoubt = entry.offer !== undefined;
  if (isInDoubt && standing.kind === 'unknown') return askAgain(dir, entry, fleet);
  if (isInDoubt && standing.kind !== 'cancelled') noteGiven(dir, entry);
  if (standing.kind !== 'unknown' && standing.kind !== 'cancelled') delete known.missingSinceMs;
  else {
    known.missingSinceMs ??= performance.now();
    if (performance.now() - known.missingSinceMs < MISSING_MS) return;
  }
  switch (standing.kind) {
    case 'waiting':
      return;
    case 'running':
    case 'ended':
      return applyNews(dir, entry, standing, fleet, known);
    case 'cancelled':
      await closeUnbegun(dir, entry, 'taken out of its queue');
      // The order to add one that was in doubt may still come. Then it has to find this.
      return isInDoubt ? undefined : fleet.removeCancelled(id);
    case 'lost': {
      await readLogOf(dir, entry, fleet, known);
      const host = standing.host ?? 'its worker';
      const why = `${host} did not extend its lease, so it may not have run to its end`;
      return lose(dir, entry, host, standing.why === 'lease-lost' ? why : `${host}: ${standing.why}`);
    }
    case 'unknown':
      return lose(dir, entry, 'the engine', 'the engine no longer has this entry, so its outcome is unknown');
  }
}

async function applyNews(
  dir: string,
  entry: EntryElsewhere,
  standing: Extract<EntryStanding, { kind: 'running' | 'ended' }>,
  fleet: FleetQueue,
  known: Follow,
): Promise<void> {
  const said = standing.kind === 'ended' ? standing.result : standing.news;
  const report = reportIn(said);
  if (report === undefined) {
    if (standing.kind === 'ended')
      await lose(dir, entry, standing.host ?? 'its worker', 'its worker sent no readable report');
    return;
  }
  if (report.run !== undefined) {
    const record = await notificationsOf(dir, entry);
    const begun = await beginMirror(dir, entry.step, entry.id, { worker: report.worker, run: report.run });
    if (begun.kind === 'begun') record?.(begun.run);
  }
  // Before the report: the outcome says how long the log is.
  await readLogOf(dir, entry, fleet, known);
  const applied = await applyReport(dir, entry, report);
  const isOver = applied.kind === 'gone' || (applied.kind === 'applied' && applied.outcome !== undefined);
  if (isOver || (applied.kind === 'here' && standing.kind === 'ended')) closeEntry(dir, entry);
}

function reportIn(said: unknown): Report | undefined {
  if (said === undefined) return undefined;
  const decoded = decodeReport(JSON.stringify(said));
  return decoded.kind === 'present' ? decoded.value : undefined;
}

/** Reads the rows that are new. One that cannot be read, or has no place here, is left out: the log is not the truth about the run. */
async function readLogOf(dir: string, { id }: EntryElsewhere, fleet: FleetQueue, known: Follow): Promise<void> {
  for (;;) {
    const rows = await fleet.readLog(id, known.rows);
    if (rows.length === 0) return;
    for (const { row, turn } of rows) {
      // A holder that is late may add to the rows of a later one, whose log goes on where its own was then.
      if (turn < (known.turn ?? 0)) continue;
      const chunk = chunkIn(row);
      if (chunk !== undefined) known.turn = turn;
      if (chunk !== undefined && applyLog(dir, id, chunk) === undefined) return; // the run is not here yet: read again later
    }
    known.rows += rows.length;
  }
}

function chunkIn(row: unknown): LogChunk | undefined {
  const decoded = decodeLogChunk(JSON.stringify(row) ?? '');
  return decoded.kind === 'present' ? decoded.value : undefined;
}

async function closeUnbegun(dir: string, entry: EntryElsewhere, evidence: string): Promise<void> {
  const record = presentIn(readQueued(dir, entry.step));
  if (record?.id === entry.id) await endUnbegun(dir, record, { by: hostname(), evidence });
  if (record?.id !== entry.id || presentIn(readOutcome(dir, entry.id)) !== undefined) closeEntry(dir, entry);
}
