import { rmSync } from 'node:fs';
import { decodeJson, encodeJson } from '@pm/protocol';
import { createRecord, makeFolder, namesIn, presentIn, readRecord } from '@pm/protocol/fs';
import { SlotRecord } from './records.ts';

/** One slot as it is now. */
export interface Slot {
  readonly slot: number;
  /** The number of its newest record; 0 if it was never taken. */
  readonly n: number;
  /** Undefined if nobody holds it. */
  readonly holder: SlotRecord | undefined;
  /** Its record cannot be read, so nothing shows that it is free. */
  readonly isUnreadable: boolean;
}

/** Reads the slots that were ever taken, by number. A record that cannot be read holds its slot: nothing shows that its run is over. */
export function readSlots(folder: string): Map<number, Slot> {
  const newest = new Map<number, number>();
  for (const name of namesIn(folder)) {
    const [, slot, n] = /^(\d{1,4})\.(\d{1,12})$/.exec(name) ?? [];
    if (slot !== undefined) newest.set(Number(slot), Math.max(Number(n), newest.get(Number(slot)) ?? 0));
  }
  return new Map(
    [...newest].map(([slot, n]) => {
      const reading = readRecord(`${folder}/${slot}.${n}`, (text) => decodeJson(SlotRecord, text));
      const record = presentIn(reading);
      const isUnreadable = record === undefined && reading.kind !== 'absent';
      return [slot, { slot, n, holder: record?.entry === undefined ? undefined : record, isUnreadable }];
    }),
  );
}

/**
 * Makes `record` the next one of a slot. Created by link(2), so one of several callers wins. Whoever was late may create a number that
 * the winner has removed again: only the highest counts.
 * @returns the number, or undefined if another process was first
 */
export function changeSlot(
  folder: string,
  { slot, n }: Pick<Slot, 'slot' | 'n'>,
  record: SlotRecord,
): number | undefined {
  makeFolder(folder);
  const mine = n + 1;
  const file = `${folder}/${slot}.${mine}`;
  if (!createRecord(file, encodeJson(record))) return undefined;
  const numbers = namesIn(folder).flatMap((name) => (name.startsWith(`${slot}.`) ? Number(name.split('.')[1]) : []));
  if (numbers.some((number) => number > mine)) {
    rmSync(file, { force: true });
    return undefined;
  }
  for (const number of numbers) if (number < mine) rmSync(`${folder}/${slot}.${number}`, { force: true });
  return mine;
}
