import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { decodeJson, encodeJson } from '@pm/protocol';
import { createRecord, linkOnce, makeFolder, presentIn, readRecord } from '@pm/protocol/fs';
import type * as z from 'zod/mini';

/** The records of a folder that matter. */
export interface Page<T> {
  /** The highest number in use; the next record gets one more. */
  readonly newest: number;
  /** Oldest first. */
  readonly records: readonly { readonly n: number; readonly record: T }[];
  /** The records that could not be read, one sentence each. */
  readonly malformed: readonly string[];
  /** The sentence about the newest record, if that is one of them. */
  readonly unreadable?: string | undefined;
}

const ASIDE = '.malformed';

/**
 * Reads the records of a folder from the newest back to the first for which `isLast` is true. A record that cannot be read is renamed to
 * `<n>.malformed`, reported and left out. A record of a newer version is reported and left where it is.
 * @param before an earlier page of this folder. A number is never reused, so its records are not read again.
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
  const malformed = names.filter(isAside).map((name) => `${folder}/${name} was set aside because it could not be read`);
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
          ? `${folder}/${n} has version ${reading.v}, which is newer than this program`
          : isSetAsideMeanwhile(n, reading.kind)
            ? `${folder}/${n}${ASIDE} was set aside because it could not be read`
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
 * Adds a record under the next free number. link(2) decides between writers, so no record is lost and no number is used twice. The record
 * is written once and then linked, however often another writer comes first.
 * @param durable the record survives a power cut
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

/**
 * Adds a record as number n.
 * @returns false if n is taken. If true, no record was added after the caller has read those before n.
 */
export function appendAt(folder: string, n: number, record: object): boolean {
  if (nextOf(folder) > n) return false;
  return withRecord(folder, record, false, (file) => linkAs(file, folder, n));
}

/**
 * False if n is taken, or was. A process that found n free and was then suspended may find it free again, because record n was deleted in
 * the meantime. Numbers have no gaps and are deleted from the lowest on, so a neighbour of n proves that n was never used.
 */
function linkAs(file: string, folder: string, n: number): boolean {
  if (!linkOnce(file, `${folder}/${n}`)) return false;
  const neighbour = n === 1 && namesOf(folder).length > 1 ? 2 : n - 1;
  if (neighbour === 0 || [`${neighbour}`, `${neighbour}${ASIDE}`].some((name) => existsSync(`${folder}/${name}`)))
    return true;
  rmSync(`${folder}/${n}`, { force: true });
  return false;
}

/** Writes the record under a temporary name that readers ignore. A crash may leave it behind. */
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

/** Deletes the records before number n, from the lowest on. The highest number is kept, because it would be reused otherwise. */
export function deleteBefore(folder: string, n: number): void {
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
    // Another reader was first, or the disk is read-only.
    if (!existsSync(`${file}${ASIDE}`)) return `${file} could not be read (${why}), and could not be set aside`;
  }
  return `${file} could not be read (${why}), and was set aside as ${file}${ASIDE}`;
}

/** The numbers in use, and those set aside, which are not reused either. */
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
