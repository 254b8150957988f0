import { opendirSync, renameSync, rmSync, watch } from 'node:fs';
import { type Identity, identify, lifeOf, thisPidScope } from '@pm/process';
import { decodeJson, encodeJson } from '@pm/protocol';
import { createRecord, makeFolder, namesIn, readRecord } from '@pm/protocol/fs';
import { thisMachine } from '../machine.ts';
import type { Lease, Listing, NewEntry, NextTurn, Queue, QueueEntry } from '../port.ts';
import { admissionOf } from '../turn/admission.ts';
import { lineUp } from '../turn/line-up.ts';
import type { Ticket } from '../turn/ticket.ts';
import { turnOf } from '../turn/turn-of.ts';
import { nameOf, parseName } from './entry-name.ts';
import { EntryRecord, type SlotRecord } from './records.ts';
import { readServed, recordTurn } from './served.ts';
import { readSettings, writeSettings } from './settings.ts';
import { changeSlot, readSlots } from './slots.ts';

/** How the run of an entry stands: nothing of it has begun, it has begun, or it is over. */
export type RunStanding = 'waiting' | 'begun' | 'over';

export interface FileQueueOptions {
  /** Where this process can start and see commands. Entries of another realm are left to monitors there. */
  readonly realm: string;
  /** The evidence that frees a slot whose holder has died. */
  readonly standingOf: (entry: Pick<QueueEntry, 'dir' | 'id' | 'step'>) => RunStanding;
}

// Why: contributing/decisions/2026-11-29-a-queue-of-files.md
/**
 * A queue in a folder. `waiting/<name>` is an entry, and its name says what its turn depends on. `slots/<k>.<n>` is the n-th state of slot k;
 * the highest counts. Both are created by link(2), so of several processes one wins.
 */
export function openFileQueue(folder: string, { realm, standingOf }: FileQueueOptions): Queue {
  const paths = { waiting: `${folder}/waiting`, slots: `${folder}/slots`, served: `${folder}/served` };
  const self = identityHere();

  const ticketsIn = (): { tickets: Ticket[]; newer: number } => {
    const tickets: Ticket[] = [];
    let newer = 0;
    for (const name of namesIn(paths.waiting)) {
      const ticket = parseName(name);
      if (ticket === 'newer') newer += 1;
      else if (ticket !== undefined) tickets.push(ticket);
    }
    return { tickets, newer };
  };
  const find = (id: string): Ticket | undefined => {
    const name = namesIn(paths.waiting).find((one) => one.endsWith(`~${id}`));
    const ticket = name === undefined ? undefined : parseName(name);
    return typeof ticket === 'object' ? ticket : undefined;
  };
  const entryOf = (ticket: Ticket): QueueEntry | undefined => {
    const reading = readRecord(`${paths.waiting}/${nameOf(ticket)}`, (text) => decodeJson(EntryRecord, text));
    return reading.kind === 'present' ? { ...ticket, dir: reading.value.dir, step: reading.value.step } : undefined;
  };
  const remove = (ticket: Ticket): boolean => {
    try {
      rmSync(`${paths.waiting}/${nameOf(ticket)}`);
      return true;
    } catch {
      return false; // another process took it, or cancelled it
    }
  };
  const nextOrder = (tickets: readonly Ticket[]): number =>
    Math.max(Date.now() * 1_000, 1 + tickets.reduce((last, { order }) => Math.max(last, order), 0));
  const recordOf = (entry: QueueEntry): SlotRecord => {
    const { id, dir, step } = entry;
    return {
      v: 1,
      at: Date.now(),
      entry: nameOf(entry),
      id,
      dir,
      step,
      ...(self !== undefined && { by: { ...self } }),
    };
  };
  const release = (slot: number, n: number): void => {
    changeSlot(paths.slots, { slot, n }, { v: 1, at: Date.now() });
  };

  /** Takes the free slot for the entry, and then the entry out of the line. Of several processes that try both, one has both. */
  const take = (entry: QueueEntry, slot: number, n: number): Lease | undefined => {
    const mine = changeSlot(paths.slots, { slot, n }, recordOf(entry));
    if (mine === undefined) return undefined;
    if (!remove(entry)) {
      release(slot, mine);
      return undefined;
    }
    recordTurn(paths.served, entry.project);
    return { entry, token: `${slot}.${mine}` };
  };

  /** The slots that are held, and a lease whose holder died before its run began. */
  const survey = (): Survey => {
    const slots = readSlots(paths.slots);
    const held = new Set<number>();
    const busy: QueueEntry[] = [];
    for (const { slot, n, holder, isUnreadable } of slots.values()) {
      if (isUnreadable) held.add(slot);
      const entry = holder === undefined ? undefined : heldEntry(holder);
      if (holder === undefined || entry === undefined) continue;
      const standing = standingOf(entry);
      if (standing === 'over') continue;
      if (standing === 'waiting' && entry.realm === realm && !isStarting(holder)) {
        const mine = changeSlot(paths.slots, { slot, n }, recordOf(entry));
        remove(entry);
        if (mine !== undefined)
          return { busy, held: held.size, free: () => undefined, abandoned: { entry, token: `${slot}.${mine}` } };
      }
      held.add(slot);
      busy.push(entry);
    }
    return { busy, held: held.size, free: (slot) => (held.has(slot) ? undefined : (slots.get(slot)?.n ?? 0)) };
  };

  return {
    async enqueue({ id, dir, step, project, priority }: NewEntry) {
      makeFolder(paths.waiting);
      const { tickets } = ticketsIn();
      if (tickets.some((ticket) => ticket.id === id)) return;
      if ([...readSlots(paths.slots).values()].some(({ holder }) => holder?.id === id)) return;
      const ticket: Ticket = { id, priority, order: nextOrder(tickets), project, realm };
      createRecord(`${paths.waiting}/${nameOf(ticket)}`, encodeJson({ v: 1, dir, step }));
    },

    async next(): Promise<NextTurn> {
      for (;;) {
        const { slots, paused = false, ...limits } = readSettings(folder);
        const { busy, held, free, abandoned } = survey();
        if (abandoned !== undefined) return { kind: 'lease', lease: abandoned };
        // Thousands may be waiting: their names are read when one of them could start.
        if (held >= slots && !paused && hasNames(paths.waiting)) return { kind: 'none', why: 'full' };
        const running = new Set(busy.map(({ id }) => id));
        const ready = ticketsIn().tickets.filter((ticket) => ticket.realm === realm && !running.has(ticket.id));
        const turn = turnOf({
          ready,
          served: readServed(paths.served),
          running: held,
          slots,
          paused,
          admission: () => admissionOf(limits, thisMachine()),
        });
        if (turn.kind === 'none') return turn;
        const entry = entryOf(turn.ticket);
        if (entry === undefined || standingOf(entry) !== 'waiting') {
          remove(turn.ticket); // it was taken or cancelled meanwhile, or its record is no record
          continue;
        }
        const slot = firstFree(slots, free);
        if (slot === undefined) return { kind: 'none', why: 'full' };
        const lease = take(entry, slot.slot, slot.n);
        if (lease !== undefined) return { kind: 'lease', lease };
        // Another process was faster: look again.
      }
    },

    async extend({ token }) {
      const [slot, n] = token.split('.').map(Number);
      return readSlots(paths.slots).get(slot ?? 0)?.n === n;
    },

    async finish({ token }) {
      const [slot = 0, n = 0] = token.split('.').map(Number);
      if (readSlots(paths.slots).get(slot)?.n === n) release(slot, n);
    },

    async cancel(id) {
      const ticket = find(id);
      return ticket !== undefined && remove(ticket);
    },

    async move(id, priority) {
      const { tickets } = ticketsIn();
      const ticket = tickets.find((one) => one.id === id);
      if (ticket === undefined) return false;
      try {
        const moved = { ...ticket, priority, order: nextOrder(tickets) };
        renameSync(`${paths.waiting}/${nameOf(ticket)}`, `${paths.waiting}/${nameOf(moved)}`);
        return true;
      } catch {
        return false; // it has just had its turn
      }
    },

    async list(): Promise<Listing> {
      const { tickets, newer } = ticketsIn();
      const slots = [...readSlots(paths.slots).values()];
      const running = slots.flatMap(({ holder }) => (holder === undefined ? [] : (heldEntry(holder) ?? [])));
      const busy = running.filter((entry) => standingOf(entry) !== 'over');
      const ids = new Set(busy.map(({ id }) => id));
      const waiting = lineUp(
        tickets.filter(({ id }) => !ids.has(id)),
        readServed(paths.served),
      );
      const settings = readSettings(folder);
      const isNext = waiting.length > 0 && busy.length < settings.slots && settings.paused !== true;
      const admission = isNext ? admissionOf(settings, thisMachine()) : undefined;
      const lacks = admission?.kind === 'wait' ? { lacks: admission.evidence } : {};
      return { settings, waiting, running: busy, newer, ...lacks };
    },

    async read(ticket) {
      return entryOf(ticket);
    },

    subscribe(onChange) {
      for (const path of [paths.waiting, paths.slots]) makeFolder(path);
      const watchers = [folder, paths.waiting, paths.slots].map((path) => watch(path, { persistent: false }, onChange));
      for (const watcher of watchers) watcher.on('error', onChange);
      return () => watchers.forEach((watcher) => void watcher.close());
    },

    async configure(patch) {
      writeSettings(folder, patch);
    },
  };
}

/** Whether anything is in a folder, of which only the first names are read. */
function hasNames(folder: string): boolean {
  try {
    const opened = opendirSync(folder, { bufferSize: 1 });
    try {
      return opened.readSync() !== null;
    } finally {
      opened.closeSync();
    }
  } catch {
    return false;
  }
}

interface Survey {
  readonly busy: readonly QueueEntry[];
  /** How many slots are held: those of `busy`, and those whose record cannot be read. */
  readonly held: number;
  /** The number of the newest record of a free slot. */
  readonly free: (slot: number) => number | undefined;
  /** A lease whose holder died before its run began. It is the caller's now. */
  readonly abandoned?: Lease;
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

function firstFree(slots: number, free: Survey['free']): { slot: number; n: number } | undefined {
  for (let slot = 1; slot <= slots; slot++) {
    const n = free(slot);
    if (n !== undefined) return { slot, n };
  }
  return undefined;
}

function heldEntry({ entry = '', dir, step }: SlotRecord): QueueEntry | undefined {
  const ticket = parseName(entry);
  return typeof ticket === 'object' && dir !== undefined && step !== undefined ? { ...ticket, dir, step } : undefined;
}
