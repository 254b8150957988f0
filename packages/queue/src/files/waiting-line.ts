import { opendirSync, renameSync, rmSync } from 'node:fs';
import { decodeJson, encodeJson } from '@pm/protocol';
import { createRecord, makeFolder, namesIn, type Reading, readRecord } from '@pm/protocol/fs';
import type { QueueEntry } from '../port.ts';
import type { Ticket } from '../turn/ticket.ts';
import { type EntryGroup, groupOf, isFront, isOf, kindOf, nameOf, parseName } from './entry-name.ts';
import { EntryRecord } from './records.ts';

/** The waiting entries of a queue: one file for each. What its turn depends on is its name, so no file is read to line them up. */
export interface WaitingLine {
  /**
   * The entries, and how many more only a newer version can read.
   * @param most if so many are enough: only the first of each priority, project and realm, so many of each, and all
   * that were put to the front. The line begins with them.
   */
  readonly tickets: (most?: number) => { readonly tickets: Ticket[]; readonly total: number; readonly newer: number };
  readonly find: (id: string) => Ticket | undefined;
  /** True if anything waits. Only the first names are read. */
  readonly isAny: () => boolean;
  readonly read: (ticket: Ticket) => Reading<QueueEntry>;
  readonly add: (ticket: Ticket, where: { readonly dir: string; readonly step: string }) => void;
  /** Two processes may add an entry at the same time: the first one in line stays. */
  readonly keepFirst: (id: string) => void;
  /** Of several processes that remove an entry, one gets true. */
  readonly remove: (ticket: Ticket) => boolean;
  /** False if the entry has just had its turn. */
  readonly replace: (ticket: Ticket, moved: Ticket) => boolean;
}

/** Opens the waiting entries of a queue. Nothing is read yet. @param folder where their files are */
export function openWaitingLine(folder: string): WaitingLine {
  const fileOf = (ticket: Ticket): string => `${folder}/${nameOf(ticket)}`;
  return {
    tickets: (most = Number.POSITIVE_INFINITY) => {
      const tickets: Ticket[] = [];
      const listed = new Map<string, number>();
      let total = 0;
      let newer = 0;
      // Of ten thousand names most are of the group of the one before, which has enough: they are only counted.
      let enough: EntryGroup | undefined;
      for (const name of namesIn(folder).sort()) {
        if (enough !== undefined && isOf(enough, name)) {
          total += 1;
          continue;
        }
        const kind = kindOf(name);
        if (kind === 'newer') newer += 1;
        if (kind !== 'entry') continue;
        const group = groupOf(name);
        const key = group.rank + group.whose;
        const before = listed.get(key) ?? 0;
        if (before >= most && !isFront(group)) {
          total += 1;
          enough = group;
          continue;
        }
        const ticket = parseName(name);
        if (ticket === undefined) continue;
        total += 1;
        listed.set(key, before + 1);
        tickets.push(ticket);
      }
      return { tickets, total, newer };
    },
    find: (id) => {
      const name = namesIn(folder).find((one) => one.endsWith(`~${id}`));
      return name === undefined ? undefined : parseName(name);
    },
    isAny: () => hasNames(folder),
    read: (ticket) => {
      const reading = readRecord(fileOf(ticket), (text) => decodeJson(EntryRecord, text));
      if (reading.kind !== 'present') return reading;
      const { dir, step } = reading.value;
      return { ...reading, value: { ...ticket, dir, step } };
    },
    add: (ticket, { dir, step }) => {
      makeFolder(folder);
      createRecord(fileOf(ticket), encodeJson({ v: 1, dir, step }));
    },
    keepFirst: (id) => {
      const [, ...others] = namesIn(folder)
        .filter((name) => name.endsWith(`~${id}`) && kindOf(name) === 'entry')
        .sort();
      for (const name of others) rmSync(`${folder}/${name}`, { force: true });
    },
    remove: (ticket) => succeeds(() => rmSync(fileOf(ticket))),
    replace: (ticket, moved) => succeeds(() => renameSync(fileOf(ticket), fileOf(moved))),
  };
}

function succeeds(change: () => void): boolean {
  try {
    change();
    return true;
  } catch {
    return false; // another process took the entry, or cancelled it
  }
}

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
