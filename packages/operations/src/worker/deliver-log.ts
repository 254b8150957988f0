import type { FleetLease, FleetQueue } from '@pm/fleet';
import type { LogChunk } from '@pm/protocol';

/**
 * Delivers the output of a run to the engine, one piece at a time. What has arrived is not sent again when the rest is tried again.
 * @param mayGoOn asked before each piece
 * @returns true if all of it has arrived
 */
export type Deliver = (chunks: readonly LogChunk[], mayGoOn: () => Promise<boolean>) => Promise<boolean>;

/** For one turn of an entry. */
export function openDelivery(fleet: FleetQueue, lease: FleetLease): Deliver {
  const arrived = { log: 0, errors: 0 };
  return async (chunks, mayGoOn) => {
    for (const chunk of chunks) {
      const { at, data, stream = 'log' } = chunk;
      const end = at + Buffer.byteLength(data, 'base64');
      if (end <= arrived[stream]) continue;
      if (!(await mayGoOn())) return false;
      await fleet.log(lease, [chunk]);
      arrived[stream] = end;
    }
    return true;
  };
}
