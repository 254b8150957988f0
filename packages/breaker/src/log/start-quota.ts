import { rmSync } from 'node:fs';
import * as z from 'zod/mini';
import { elapsedMs, Timestamp } from '../state/timestamp.ts';
import { append, deleteBefore, readBack } from './numbered-log.ts';
import { timestampNow } from './this-process.ts';

const DAY_MS = 86_400_000;

const StartRecord = z.looseObject({ v: z.literal(1), at: Timestamp });

/**
 * Takes one start of a daily quota. The quota stops work that is started again and again without failing often enough to open a breaker.
 * Any number of processes may call this at once: each start is a numbered record, so exactly `perDay` of them are granted.
 * @param folder keeps the records of this quota and nothing else
 * @returns undefined: the start is granted; else when the next one is possible, UTC epoch ms
 */
export function takeStart(folder: string, perDay: number): number | undefined {
  const mine = append(folder, { v: 1, at: timestampNow() });
  const present = timestampNow();
  const isYoung = ({ at }: StartRecord): boolean => elapsedMs(at, present) < DAY_MS;
  const page = readBack(folder, StartRecord, (record) => !isYoung(record));
  const others = page.records.filter(({ n, record }) => n < mine && isYoung(record));
  const last = others.at(-perDay);
  if (last === undefined) {
    deleteBefore(folder, others[0]?.n ?? mine);
    return undefined;
  }
  rmSync(`${folder}/${mine}`, { force: true });
  return present.atMs + DAY_MS - elapsedMs(last.record.at, present);
}

type StartRecord = z.infer<typeof StartRecord>;
