import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { decodeJson, encodeJson } from '@pm/protocol';
import { createRecord, linkOnce, makeFolder, presentIn, readRecord } from '@pm/protocol/fs';
import type * as z from 'zod/mini';

/** What a folder of numbered records says, from its newest back to the first that matters. */
export interface Page<T> {
  /** The highest number that was ever given here: the next is one more. */
  readonly newest: number;
  /** Oldest first. */
  readonly records: readonly { readonly n: number; readonly record: T }[];
  /** What could not be read, one sentence each: it lies aside, or is of a newer version. */
  readonly malformed: readonly string[];
  /** Of these the one about the newest record of all: what it says would count, and nobody knows it. */
  readonly unreadable?: string | undefined;
}

const ASIDE = '.malformed';

/**
 * Reads the records of a folder, newest first, up to the one that makes all before it matter no more. One that cannot be read is renamed
 * and reported, and takes part in nothing: it neither opens nor closes. One of a newer version stays where it is.
 * @param before an earlier page of this folder: a number is never given twice, so what was read is not read again
 */
export function readBack<T>(
  folder: string,
  schema: z.ZodMiniType<T>,
  isLast: (record: T) => boolean,
  before?: Page<T>,
): Page<T> {
  const known = new Map(before?.records.map(({ n, record }) => [n, record]));
  const names = namesOf(folder);
  const records: { n: number; record: T }[] = [];
  const newest = Math.max(0, ...names.map((name) => Number.parseInt(name, 10)));
  const malformed = names.filter(isAside).map((name) => `${folder}/${name} lies aside: it could not be read`);
  let unreadable = malformed.find((_, i) => names.filter(isAside)[i] === `${newest}${ASIDE}`);
  const numbers = names
    .filter((name) => !isAside(name))
    .map(Number)
    .sort((a, b) => b - a);
  for (const n of numbers) {
    const record = known.get(n) ?? read(n);
    if (record === undefined) continue;
    records.push({ n, record });
    if (isLast(record)) break;
  }
  records.reverse();
  return { newest, records, malformed, unreadable };

  function read(n: number): T | undefined {
    const reading = readRecord(`${folder}/${n}`, (text) => decodeJson(schema, text));
    const why =
      reading.kind === 'malformed'
        ? setAside(`${folder}/${n}`, reading.why)
        : reading.kind === 'newer'
          ? `${folder}/${n} is of version ${reading.v}, newer than this program`
          : isSetAsideMeanwhile(n, reading.kind)
            ? `${folder}/${n}${ASIDE} lies aside: it could not be read`
            : undefined;
    if (why !== undefined) malformed.push(why);
    if (n === newest) unreadable = why;
    return presentIn(reading);
  }

  function isSetAsideMeanwhile(n: number, kind: string): boolean {
    return kind === 'absent' && existsSync(`${folder}/${n}${ASIDE}`);
  }
}

/**
 * Adds a record under the next free number: link(2) decides between writers, so none is lost and none has the number of another. It is
 * written once, however many are quicker.
 * @param durable it survives a power cut
 * @returns its number
 */
export function append(folder: string, record: object, durable = false): number {
  return withRecord(folder, record, durable, (file) => {
    for (;;) {
      const n = nextOf(folder);
      if (linkAs(file, folder, n)) return n;
    }
  });
}

/** Adds a record as number n: only the first who tries, so whoever read everything before it knows that nothing came in between. */
export function appendAt(folder: string, n: number, record: object): boolean {
  if (nextOf(folder) > n) return false;
  return withRecord(folder, record, false, (file) => linkAs(file, folder, n));
}

/**
 * False if n is somebody else's, or was: who looked for a number and was then not run for a while may find it free again, because it is
 * forgotten. Numbers have no gaps and are forgotten from the lowest on, so that n was never given is seen by its neighbour.
 */
function linkAs(file: string, folder: string, n: number): boolean {
  if (!linkOnce(file, `${folder}/${n}`)) return false;
  const neighbour = n === 1 && namesOf(folder).length > 1 ? 2 : n - 1;
  if (neighbour === 0 || [`${neighbour}`, `${neighbour}${ASIDE}`].some((name) => existsSync(`${folder}/${name}`)))
    return true;
  rmSync(`${folder}/${n}`, { force: true });
  return false;
}

/** A name that no reader looks for, and a crash may leave. */
function withRecord<T>(folder: string, record: object, durable: boolean, use: (file: string) => T): T {
  const file = `${folder}/new-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const text = encodeJson(record);
  try {
    createRecord(file, text, durable);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    makeFolder(folder); // the first record of this breaker
    createRecord(file, text, durable);
  }
  try {
    return use(file);
  } finally {
    rmSync(file, { force: true });
  }
}

/** Deletes the records before number n, from the lowest on; the highest number stays, or it would be given twice. */
export function forgetBefore(folder: string, n: number): void {
  const past = namesOf(folder).filter((name) => !isAside(name) && Number(name) < n);
  for (const name of past.sort((a, b) => Number(a) - Number(b))) rmSync(`${folder}/${name}`, { force: true });
}

function nextOf(folder: string): number {
  return Math.max(0, ...namesOf(folder).map((name) => Number.parseInt(name, 10))) + 1;
}

function setAside(file: string, why: string): string {
  try {
    renameSync(file, `${file}${ASIDE}`);
  } catch {
    // Another reader was first, or the disk is read-only: it is reported all the same.
  }
  return `${file} could not be read (${why}), and was set aside as ${file}${ASIDE}`;
}

/** Numbers, and numbers that were set aside: those are not given again. */
function namesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^[1-9]\d{0,11}(?:\.malformed)?$/.test(name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

function isAside(name: string): boolean {
  return name.endsWith(ASIDE);
}
