import { opendirSync, renameSync, rmSync } from 'node:fs';
import { decodeJson, encodeJson } from '@pm/protocol';
import { createRecord, makeFolder, namesIn, type Reading, readRecord } from '@pm/protocol/fs';
import type { QueueEntry } from '../port.ts';
import type { Ticket } from '../turn/ticket.ts';
import { nameOf, parseName } from './entry-name.ts';
import { EntryRecord } from './records.ts';

/** The waiting entries of a queue: one file for each. What its turn depends on is its name, so no file is read to line them up. */
export interface WaitingLine {
  /** All entries, and how many more only a newer version can read. */
  readonly tickets: () => { readonly tickets: Ticket[]; readonly newer: number };
  readonly find: (id: string) => Ticket | undefined;
  /** True if anything waits. Only the first names are read. */
  readonly isAny: () => boolean;
  readonly read: (ticket: Ticket) => Reading<QueueEntry>;
  readonly add: (ticket: Ticket, where: { readonly dir: string; readonly step: string }) => void;
  /** Of several processes that remove an entry, one gets true. */
  readonly remove: (ticket: Ticket) => boolean;
  /** False if the entry has just had its turn. */
  readonly replace: (ticket: Ticket, moved: Ticket) => boolean;
}

export function openWaitingLine(folder: string): WaitingLine {
  const fileOf = (ticket: Ticket): string => `${folder}/${nameOf(ticket)}`;
  return {
    tickets: () => {
      const tickets: Ticket[] = [];
      let newer = 0;
      for (const name of namesIn(folder)) {
        const ticket = parseName(name);
        if (ticket === 'newer') newer += 1;
        else if (ticket !== undefined) tickets.push(ticket);
      }
      return { tickets, newer };
    },
    find: (id) => {
      const name = namesIn(folder).find((one) => one.endsWith(`~${id}`));
      const ticket = name === undefined ? undefined : parseName(name);
      return typeof ticket === 'object' ? ticket : undefined;
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
