import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { whyPortTaken } from '@pm/process';
import { PmError, stateFolder } from '@pm/protocol';
import type { Context } from '../project/context.ts';
import { realPlace } from '../project/within-roots.ts';
import { claimPort, isAbandoned, type PortOwnership, portClaims, readPortClaim, releasePort } from './port-claims.ts';

/** Below the ports that Linux (from 32768) and macOS (from 49152) give to outgoing connections. */
const FIRST = 20_000;
const COUNT = 10_000;

// Why: contributing/decisions/2026-11-29-a-port-for-each-step.md
/**
 * A free port for a step of a directory: the same at each start while it is free, and never one that another step has claimed.
 * @throws PmError `not-supported` if all of them are taken
 */
export async function autoPort({ dir, step }: PortOwnership, { env }: Pick<Context, 'env'>): Promise<number> {
  const owner = { dir: realPlace(dir), step };
  const state = stateFolder(env);
  if (state === undefined) return claimedPort(`${dir}/ports`, owner);
  try {
    return await claimedPort(`${state}/ports`, owner);
  } catch (error) {
    if (error instanceof PmError) throw error;
    // The home folder is read-only, such as in a sandbox, or its disk is full. The directory of runs has to be written anyway.
    return claimedPort(`${dir}/ports`, owner);
  }
}

/** Picks a port and claims it in `folder`. */
async function claimedPort(folder: string, owner: PortOwnership): Promise<number> {
  const claims = portClaims(folder);
  const order = candidates(owner);
  for (const port of order) {
    const n = claims.get(port);
    if (n !== undefined && isOf(owner, readPortClaim(folder, port, n)) && !(await isTaken(port))) return port;
  }
  for (const port of order) {
    const n = claims.get(port) ?? 0;
    if (n > 0 && !isAbandoned(readPortClaim(folder, port, n))) continue;
    // Another start of the same step may have been first: then it is ours all the same.
    if (!claimPort(folder, port, n + 1, owner) && !isOf(owner, readPortClaim(folder, port, n + 1))) continue;
    if (portClaims(folder).get(port) !== n + 1) continue; // it was taken over meanwhile
    if (!(await isTaken(port))) return port;
    releasePort(folder, port, n + 1, owner);
  }
  throw new PmError(
    'not-supported',
    `None of the ports ${FIRST} to ${FIRST + COUNT - 1} is free.`,
    'Name one: --port 3000.',
  );
}

/** All ports, beginning with one that the directory and the step decide, so that it is the same on every start. */
function candidates({ dir, step }: PortOwnership): number[] {
  const hash = createHash('sha256').update(`${dir}\0${step}`).digest().readUInt32BE(0);
  return Array.from({ length: COUNT }, (_, i) => FIRST + ((hash + i) % COUNT));
}

function isOf(owner: PortOwnership, claim: PortOwnership | undefined): boolean {
  return claim?.dir === owner.dir && claim.step === owner.step;
}

/** Another start may try the same port at this instant, for less than a millisecond. So it is tried again. */
const TRIES = 4;
const PAUSE_MS = 10;

/** Whether somebody listens on a port, or this user may not. */
export async function isTaken(port: number): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    const code = await whyPortTaken(port);
    if (code === undefined) return false;
    if (code !== 'EADDRINUSE' || tries === TRIES) return true;
    await pause(PAUSE_MS * (0.5 + Math.random()));
  }
}
