import type { FleetLease, FleetQueue } from '@pm/fleet';
import { decodeLogChunk, type LogChunk } from '@pm/protocol';
import type { LogsHere } from '../mirror/apply-log.ts';
import { behindChunk } from '../mirror/carry-log.ts';

const NOTHING: LogsHere = { log: 0, errors: 0 };

/** How long the logs are that the holders before have carried: what comes now goes on behind them. */
export async function logsBefore(fleet: FleetQueue, lease: FleetLease): Promise<LogsHere> {
  let before = NOTHING;
  for await (const { chunk } of carriedBefore(fleet, lease)) before = behindChunk(before, chunk);
  return before;
}

/**
 * The same for a run that an earlier turn has begun here, and that has ended. If what was carried last is the beginning of its own output, it is
 * carried from there on once more: the same bytes at the same place. Otherwise they are of another run of the entry.
 * @param outputBehind all output of the run, to be put behind logs of this length
 */
export async function logsBeforeEnded(
  fleet: FleetQueue,
  lease: FleetLease,
  outputBehind: (before: LogsHere) => readonly LogChunk[],
): Promise<LogsHere> {
  let all = NOTHING;
  let last = { turn: 0, before: NOTHING, reach: NOTHING, chunks: [] as LogChunk[] };
  for await (const { chunk, turn } of carriedBefore(fleet, lease)) {
    if (turn > last.turn) last = { turn, before: all, reach: all, chunks: [] };
    all = behindChunk(all, chunk);
    const reach = behindChunk(last.reach, chunk);
    // One that was sent a second time, because the answer was lost, is left out.
    const isNew = reach.log > last.reach.log || reach.errors > last.reach.errors;
    if (turn === last.turn && isNew) last = { ...last, reach, chunks: [...last.chunks, chunk] };
  }
  const output = outputBehind(last.before);
  const isOwn = (['log', 'errors'] as const).every((stream) => {
    const carried = bytesOf(last.chunks, stream);
    return carried.equals(bytesOf(output, stream).subarray(0, carried.length));
  });
  return isOwn ? last.before : all;
}

function bytesOf(chunks: readonly LogChunk[], of: keyof LogsHere): Buffer {
  return Buffer.concat(
    chunks.flatMap(({ stream = 'log', data }) => (stream === of ? [Buffer.from(data, 'base64')] : [])),
  );
}

/** What the holders before this turn have carried, in the order in which the engine got it. */
async function* carriedBefore(
  fleet: FleetQueue,
  { entry, turn }: FleetLease,
): AsyncGenerator<{ readonly turn: number; readonly chunk: LogChunk }> {
  for (let from = 0; ; ) {
    const rows = await fleet.readLog(entry.id, from);
    if (rows.length === 0) return;
    from += rows.length;
    for (const one of rows) {
      const decoded = decodeLogChunk(JSON.stringify(one.row) ?? '');
      if (one.turn < turn && decoded.kind === 'present') yield { turn: one.turn, chunk: decoded.value };
    }
  }
}
