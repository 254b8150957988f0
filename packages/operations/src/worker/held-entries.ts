import { readFileSync } from 'node:fs';
import type { FleetLease } from '@pm/fleet';
import { bootClockMs, identify, isAlive, isSamePidScope, thisPidScope } from '@pm/process';
import {
  decodeJson,
  directoryPaths,
  encodeJson,
  IdentityRecord,
  isRunId,
  type RunRecord,
  StepName,
} from '@pm/protocol';
import {
  addWork,
  closeWork,
  isOutOfRoom,
  openWork,
  presentIn,
  readLease,
  readRunRecord,
  replaceRecord,
} from '@pm/protocol/fs';
import * as z from 'zod/mini';

const text = z.string().check(z.maxLength(4_096));
const Id = z.string().check(z.refine(isRunId, 'must be a run id'));

/** `work/held.<id of the entry>`: a worker of this directory has begun the run of an entry, and holds its lease. */
const Held = z.looseObject({
  v: z.literal(1),
  /** The worker. */
  holder: z.looseObject({ ...IdentityRecord.shape, bootId: text, pidNamespace: text }),
  queue: StepName,
  /** The run of this host. It has the id of the entry, unless that was lost here before. */
  run: Id,
  lease: z.looseObject({
    entry: z.looseObject({
      id: Id,
      dir: text,
      step: StepName,
      project: text,
      priority: z.number(),
      order: z.number(),
      realm: text,
    }),
    token: text,
    turn: z.number().check(z.int(), z.gte(1)),
    heldUntil: z.number(),
    mayRerun: z.boolean(),
  }),
});
type Held = z.infer<typeof Held>;

/** A run that a worker before this one has begun, and the lease that goes with it. */
export interface FoundEntry {
  readonly lease: FleetLease;
  readonly run: RunRecord;
}

const PREFIX = 'held.';

// Why: contributing/decisions/2026-11-29-a-worker-takes-over-what-runs.md
/** Notes that this process holds the lease of a run that has begun, so that a worker after it can hold it on. */
export function noteHeld(
  dir: string,
  queue: string,
  { entry, token, turn, heldUntil, mayRerun }: FleetLease,
  run: string,
): void {
  const identity = identify(process.pid);
  if (identity === undefined) return;
  const held: Held = {
    v: 1,
    holder: { ...identity, ...thisPidScope() },
    queue,
    run,
    lease: { entry: { ...entry }, token, turn, heldUntil, mayRerun },
  };
  try {
    addWork(dir, `${PREFIX}${entry.id}`, encodeJson(held));
    replaceRecord(fileOf(dir, entry.id), encodeJson(held)); // an earlier turn may have left one
  } catch (error) {
    if (!isOutOfRoom(error)) throw error; // then nobody takes over what runs
  }
}

/** The entry is over for this host. */
export function forgetHeld(dir: string, { entry }: FleetLease): void {
  closeWork(dir, `${PREFIX}${entry.id}`);
}

/**
 * The runs that workers of this directory have begun for a queue and nobody holds any longer, because they were killed. They are noted as held
 * by this process. If two workers find one at the same instant, both report the same from the same evidence, by the same token.
 */
export function findHeld(dir: string, queue: string): FoundEntry[] {
  return openWork(dir).flatMap((name) => {
    if (!name.startsWith(PREFIX)) return [];
    const held = readHeld(dir, name.slice(PREFIX.length));
    if (held === undefined || held.queue !== queue || !isLeft(dir, held)) return [];
    const run = presentIn(readRunRecord(dir, held.run));
    const lease: FleetLease = { ...held.lease, work: undefined, order: undefined };
    if (run === undefined) {
      forgetHeld(dir, lease); // its records were deleted
      return [];
    }
    noteHeld(dir, queue, lease, run.id);
    return [{ lease, run }];
  });
}

function readHeld(dir: string, id: string): Held | undefined {
  try {
    const decoded = decodeJson(Held, readFileSync(fileOf(dir, id), 'utf8'));
    return decoded.kind === 'present' && decoded.value.lease.entry.id === id ? decoded.value : undefined;
  } catch {
    return undefined; // another worker has just closed it
  }
}

/** Whether nobody holds it: its worker is gone, or that cannot be seen from here and the lease of the run is over. */
function isLeft(dir: string, { holder, run }: Held): boolean {
  if (isSamePidScope(holder)) return !isAlive(holder);
  if (holder.bootId !== thisPidScope().bootId) return true;
  return (readLease(dir, run)?.untilMs ?? 0) < bootClockMs();
}

function fileOf(dir: string, id: string): string {
  return `${directoryPaths(dir).work}/${PREFIX}${id}`;
}
