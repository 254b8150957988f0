import { rmSync, writeFileSync } from 'node:fs';
import { makeFolder, namesIn } from '@pm/protocol/fs';
import type { Ticket } from '../turn/ticket.ts';
import { nameOf, parseName } from './entry-name.ts';

/** The places of entries that could not start at their turn, until they are added again: empty files with the names that the entries had. */
export interface KeptPlaces {
  readonly keep: (ticket: Ticket) => void;
  readonly find: (id: string) => Ticket | undefined;
  readonly forget: (id: string) => void;
}

// Why: contributing/decisions/2026-11-29-a-queue-of-files.md
/** Opens the kept places of a queue. Nothing is read yet. @param folder where their files are */
export function openKeptPlaces(folder: string): KeptPlaces {
  const namesOf = (id: string): string[] => namesIn(folder).filter((name) => name.endsWith(`~${id}`));
  return {
    keep: (ticket) => {
      try {
        makeFolder(folder);
        writeFileSync(`${folder}/${nameOf(ticket)}`, '', { mode: 0o600 });
      } catch {
        // A full disk: the entry goes to the end of the line.
      }
    },
    find: (id) => namesOf(id).flatMap((name) => parseName(name) ?? [])[0],
    forget: (id) => {
      for (const name of namesOf(id)) rmSync(`${folder}/${name}`, { force: true });
    },
  };
}
