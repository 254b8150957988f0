import { type Identity, identify, lifeOf, thisPidScope } from '@pm/process';
import type { Lease, QueueEntry } from '../port.ts';
import { nameOf, parseName } from './entry-name.ts';
import type { SlotRecord } from './records.ts';
import { changeSlot, readSlots } from './slot-records.ts';
import type { WaitingLine } from './waiting-line.ts';

/** How the run of an entry stands: nothing of it has begun, it has begun, it is over, or only a newer version can tell. */
export type RunStanding = 'waiting' | 'begun' | 'over' | 'newer';

export interface FileQueueOptions {
  /** Where this process can start and see commands. Entries of another realm are left to monitors there. */
  readonly realm: () => string;
  /** The evidence that frees a slot whose holder has died. */
  readonly standingOf: (entry: Pick<QueueEntry, 'dir' | 'id' | 'step'>) => RunStanding | Promise<RunStanding>;
}

/** The slots of a queue: who holds which, and which are free. A token names a slot and the number of the record that holds it. */
export interface HeldSlots {
  /** The slots that are held, and a lease whose holder died before its run began. */
  readonly survey: () => Promise<Survey>;
  /** Takes a slot for an entry. @param n the number of its newest record @returns the token; undefined if another process was faster */
  readonly hold: (slot: number, n: number, entry: QueueEntry) => string | undefined;
  readonly isHeld: (token: string) => boolean;
  /** Gives a slot back. Where the disk is full, it throws, and that is made up for as soon as there is room. False if another one holds it. */
  readonly release: (token: string) => boolean;
}

/** How the slots stand at one look. */
export interface Survey {
  readonly busy: readonly QueueEntry[];
  /** How many slots are held: those of `busy`, and those whose record cannot be read. */
  readonly held: number;
  /** The number of the newest record of a free slot. */
  readonly free: (slot: number) => number | undefined;
  /** A lease whose holder died before its run began. It is the caller's now. */
  readonly abandoned?: Lease;
}

/** How often to try again to give back a slot. */
const RETRY_MS = 1_000;

/** @param line what waits: an entry that is taken over is taken out of it */
export function openHeldSlots(
  folder: string,
  line: Pick<WaitingLine, 'remove'>,
  { realm, standingOf }: FileQueueOptions,
): HeldSlots {
  let self: Starter | undefined;
  /** What could not be given back, because the disk was full. */
  const unreleased = new Map<number, number>();
  let isRetryDue = false;

  const hold: HeldSlots['hold'] = (slot, n, entry) => {
    const { id, dir, step } = entry;
    self ??= identityHere();
    const by = self === undefined ? {} : { by: { ...self } };
    const mine = changeSlot(folder, { slot, n }, { v: 1, at: Date.now(), entry: nameOf(entry), id, dir, step, ...by });
    return mine === undefined ? undefined : `${slot}.${mine}`;
  };
  const giveBack = (slot: number, n: number): void => {
    unreleased.set(slot, n);
    try {
      changeSlot(folder, { slot, n }, { v: 1, at: Date.now() });
    } catch (error) {
      // This process may never look again, and as long as it lives nobody else takes the slot.
      if (!isRetryDue) setTimeout(tryAgain, RETRY_MS).unref();
      isRetryDue = true;
      throw error;
    }
    unreleased.delete(slot);
  };
  const isNewest = (slot: number, n: number): boolean => readSlots(folder).get(slot)?.n === n;
  const giveBackAll = (): void => {
    for (const [slot, n] of unreleased) {
      if (isNewest(slot, n)) giveBack(slot, n);
      else unreleased.delete(slot);
    }
  };
  const tryAgain = (): void => {
    isRetryDue = false;
    try {
      giveBackAll();
    } catch {
      // There is no room yet, and `giveBack` has asked for the next try.
    }
  };

  return {
    hold,
    isHeld: (token) => {
      const { slot, n } = parseToken(token);
      return isNewest(slot, n);
    },
    release: (token) => {
      const { slot, n } = parseToken(token);
      if (!isNewest(slot, n)) return false;
      giveBack(slot, n);
      return true;
    },
    async survey() {
      giveBackAll();
      const slots = readSlots(folder);
      const held = new Set<number>();
      const busy: QueueEntry[] = [];
      for (const { slot, n, holder, isUnreadable } of slots.values()) {
        if (isUnreadable) held.add(slot);
        const entry = holder === undefined ? undefined : heldEntry(holder);
        if (holder === undefined || entry === undefined) continue;
        const standing = await standingOf(entry);
        if (standing === 'over') continue;
        if (standing === 'waiting' && entry.realm === realm() && !isStarting(holder)) {
          const token = hold(slot, n, entry);
          line.remove(entry);
          if (token !== undefined) return { busy, held: held.size, free: () => undefined, abandoned: { entry, token } };
        }
        held.add(slot);
        busy.push(entry);
      }
      return { busy, held: held.size, free: (slot) => (held.has(slot) ? undefined : (slots.get(slot)?.n ?? 0)) };
    },
  };
}

/** The entry that a record of a slot names; undefined if it names none. */
export function heldEntry({ entry = '', dir, step }: SlotRecord): QueueEntry | undefined {
  const ticket = parseName(entry);
  return ticket !== undefined && dir !== undefined && step !== undefined ? { ...ticket, dir, step } : undefined;
}

type Starter = Identity & { readonly bootId: string; readonly pidNamespace: string };

function identityHere(): Starter | undefined {
  const identity = identify(process.pid);
  return identity === undefined ? undefined : { ...identity, ...thisPidScope() };
}

/** True as long as the process that took the entry may still start it. A stopped one cannot. */
function isStarting({ by }: SlotRecord): boolean {
  if (by === undefined) return false;
  const here = thisPidScope();
  if (by.bootId !== here.bootId) return false;
  return by.pidNamespace !== here.pidNamespace || lifeOf(by) === 'running';
}

function parseToken(token: string): { slot: number; n: number } {
  const [slot = 0, n = 0] = token.split('.').map(Number);
  return { slot, n };
}
