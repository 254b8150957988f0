import { makeFolder, presentIn, watchFolders } from '@pm/protocol/fs';
import { admitHere } from '../machine.ts';
import type { Lease, ListedTicket, NextTurn, Queue, QueueEntry, QueueSettings } from '../port.ts';
import { lineUp } from '../turn/line-up.ts';
import type { Ticket } from '../turn/ticket.ts';
import { hindranceIn, turnOf } from '../turn/turn-of.ts';
import { type FileQueueOptions, heldEntry, openHeldSlots, type Survey } from './held-slots.ts';
import { openKeptPlaces } from './kept-places.ts';
import { readServed, recordTurn } from './served.ts';
import { readSettings, writeSettings } from './settings.ts';
import { readSlots, type Slot } from './slot-records.ts';
import { openWaitingLine } from './waiting-line.ts';

// Why: contributing/decisions/2026-11-29-a-queue-of-files.md
/**
 * A queue in a folder. `waiting/<name>` is an entry, and its name says what its turn depends on. `slots/<k>.<n>` is the n-th state of slot k;
 * the highest counts. Both are created by link(2), so of several processes one wins.
 */
export function openFileQueue(folder: string, options: FileQueueOptions): Queue {
  const { realm, standingOf } = options;
  const paths = { waiting: `${folder}/waiting`, slots: `${folder}/slots`, served: `${folder}/served` };
  const line = openWaitingLine(paths.waiting);
  const places = openKeptPlaces(`${folder}/places`);
  const { survey, hold, isHeld, release } = openHeldSlots(paths.slots, line, options);

  const nextOrder = (tickets: readonly Ticket[]): number =>
    Math.max(Date.now() * 1_000, 1 + tickets.reduce((last, { order }) => Math.max(last, order), 0));
  /** Takes the free slot for the entry, and then the entry out of the line. Of several processes that try both, one has both. */
  const take = (entry: QueueEntry, slot: number, n: number): Lease | undefined => {
    const token = hold(slot, n, entry);
    if (token === undefined) return undefined;
    if (!line.remove(entry)) {
      release(token);
      return undefined;
    }
    recordTurn(paths.served, entry.project);
    return { entry, token };
  };

  const whatLacks = (settings: QueueSettings, slots: readonly Slot[], running: number): string | undefined => {
    const unreadable = slots.filter(({ isUnreadable }) => isUnreadable);
    const [first] = unreadable;
    if (first !== undefined && running + unreadable.length >= settings.slots)
      return `slot ${first.slot} is held by a record that cannot be read, ${paths.slots}/${first.slot}.${first.n}; delete that file to free the slot`;
    const admission = admitHere(settings);
    return admission.kind === 'wait' ? admission.evidence : undefined;
  };

  return {
    async enqueue({ id, dir, step, project, priority }) {
      const { tickets } = line.tickets();
      if (tickets.some((ticket) => ticket.id === id)) return;
      if ([...readSlots(paths.slots).values()].some(({ holder }) => holder?.id === id)) return;
      const place = places.find(id) ?? { priority, order: nextOrder(tickets) };
      line.add({ id, priority: place.priority, order: place.order, project, realm: realm() }, { dir, step });
      line.keepFirst(id);
      places.forget(id);
    },

    async next(): Promise<NextTurn> {
      const passed = new Set<string>();
      for (;;) {
        const { slots, paused = false, ...limits } = readSettings(folder);
        const { busy, held, free, abandoned } = await survey();
        if (abandoned !== undefined) return { kind: 'lease', lease: abandoned };
        const room = { running: held, slots, paused, admission: () => admitHere(limits) };
        const hindrance = line.isAny() ? hindranceIn(room) : undefined;
        if (hindrance !== undefined) return hindrance;
        const running = new Set(busy.map(({ id }) => id));
        const own = realm();
        const turn = turnOf({
          ready: line
            .tickets(1 + running.size + passed.size)
            .tickets.filter((one) => one.realm === own && !running.has(one.id) && !passed.has(one.id)),
          served: readServed(paths.served),
          ...room,
        });
        if (turn.kind === 'none') return turn;
        const reading = line.read(turn.ticket);
        const entry = presentIn(reading);
        const standing = entry === undefined ? undefined : await standingOf(entry);
        if (reading.kind === 'newer' || standing === 'newer') {
          passed.add(turn.ticket.id); // a newer version wrote it, and can start it
          continue;
        }
        if (entry === undefined || standing !== 'waiting') {
          // It was taken or cancelled meanwhile, or its record is no record. What cannot be removed must not be looked at for ever.
          if (!line.remove(turn.ticket)) passed.add(turn.ticket.id);
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
      return isHeld(token);
    },

    async finish({ token }) {
      return release(token);
    },

    async putBack({ entry, token }) {
      if (!isHeld(token)) return false;
      places.keep(entry);
      return release(token);
    },

    async cancel(id) {
      places.forget(id);
      const ticket = line.find(id);
      return ticket !== undefined && line.remove(ticket);
    },

    async move(id, priority) {
      const { tickets } = line.tickets();
      const ticket = tickets.find((one) => one.id === id);
      return ticket !== undefined && line.replace(ticket, { ...ticket, priority, order: nextOrder(tickets) });
    },

    async list(most) {
      const slots = [...readSlots(paths.slots).values()];
      const held = slots.flatMap(({ holder }) => (holder === undefined ? [] : (heldEntry(holder) ?? [])));
      const standings = await Promise.all(held.map(standingOf));
      const running = held.filter((_, i) => standings[i] !== 'over');
      const ids = new Set(running.map(({ id }) => id));
      const { tickets, total: all, newer } = line.tickets(most === undefined ? undefined : most + ids.size);
      const listed = tickets.filter(({ id }) => !ids.has(id));
      const total = all - (tickets.length - listed.length);
      const waiting = lineUp(listed, readServed(paths.served)).slice(0, most);
      const settings = readSettings(folder);
      const isNext = total > 0 && running.length < settings.slots && settings.paused !== true;
      const lacks = isNext ? whatLacks(settings, slots, running.length) : undefined;
      return { settings, waiting, total, running, newer, ...(lacks !== undefined && { lacks }) };
    },

    async read(ticket) {
      const found = isWhole(ticket) ? ticket : line.find(ticket.id);
      return found && presentIn(line.read(found));
    },

    subscribe(onChange) {
      for (const path of [paths.waiting, paths.slots]) makeFolder(path);
      return watchFolders([folder, paths.waiting, paths.slots], onChange);
    },

    async configure(patch) {
      writeSettings(folder, patch);
    },
  };
}

function isWhole(ticket: ListedTicket): ticket is Ticket {
  return [ticket.priority, ticket.order, ticket.project, ticket.realm].every((field) => field !== undefined);
}

function firstFree(slots: number, free: Survey['free']): { slot: number; n: number } | undefined {
  for (let slot = 1; slot <= slots; slot++) {
    const n = free(slot);
    if (n !== undefined) return { slot, n };
  }
  return undefined;
}
