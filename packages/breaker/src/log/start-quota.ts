import { rmSync } from 'node:fs';
import * as z from 'zod/mini';
import { elapsedMs, Timestamp } from '../state/timestamp.ts';
import { append, forgetBefore, readBack } from './numbered-log.ts';
import { timestampNow } from './this-process.ts';

const DAY_MS = 86_400_000;

const StartRecord = z.looseObject({ v: z.literal(1), at: Timestamp });

/**
 * Spends one of the starts that a piece of work has per day: a count of failures in a row does not stop who never lets it come to three.
 * Any number may start at once; each start is a numbered claim, so exactly `perDay` of them are granted.
 * @param folder of this piece of work alone
 * @returns when the next one may be had, UTC epoch ms; undefined: this one was granted
 */
export function takeStart(folder: string, perDay: number): number | undefined {
  const mine = append(folder, { v: 1, at: timestampNow() });
  const present = timestampNow();
  const isYoung = ({ at }: StartRecord): boolean => elapsedMs(at, present) < DAY_MS;
  const page = readBack(folder, StartRecord, (record) => !isYoung(record));
  const others = page.records.filter(({ n, record }) => n < mine && isYoung(record));
  const last = others.at(-perDay);
  if (last === undefined) {
    forgetBefore(folder, others[0]?.n ?? mine);
    return undefined;
  }
  rmSync(`${folder}/${mine}`, { force: true });
  return present.atMs + DAY_MS - elapsedMs(last.record.at, present);
}

type StartRecord = z.infer<typeof StartRecord>;
