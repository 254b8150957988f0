import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { identify, isAlive, isSamePidScope, thisPidScope } from '@pm/process';
import { decodeJson, directoryPaths, encodeJson, newRunId, PmError, StepName } from '@pm/protocol';
import { createRecord, makeFolder, namesIn, presentIn, readRecord, replaceRecord } from '@pm/protocol/fs';
import * as z from 'zod/mini';

const text = z.string().check(z.maxLength(4_096));

/** `batches/<name>/record`: what `--resume` need not be told again. */
const BatchRecord = z.looseObject({
  v: z.literal(1),
  /** It is in the record of each run. `--again` gives the batch a new one. */
  id: text,
  file: text,
  /** Of `--each`: the command. */
  command: z.optional(z.array(z.string())),
  cwd: text,
  out: text,
  queue: z.looseObject({ name: StepName, folder: text }),
});
export type BatchRecord = z.infer<typeof BatchRecord>;

/** The most bytes of a record: its command may be as long as Linux allows. */
const MOST_BYTES = 16_777_216;

/**
 * The record of a batch; undefined if no batch of this name has run.
 * @throws PmError `not-supported` for one that cannot be read: without it, runs that are live would be started again
 */
export function readBatch(dir: string, name: string): BatchRecord | undefined {
  const file = `${folderOf(dir, name)}/record`;
  const reading = readRecord(file, (data) => decodeJson(BatchRecord, data), MOST_BYTES);
  if (reading.kind === 'absent') return undefined;
  if (reading.kind === 'present') return reading.value;
  const why = reading.kind === 'newer' ? 'was written by a newer pm' : `is malformed: ${reading.why}`;
  throw new PmError('not-supported', `The record of the batch ${name} ${why} (${file}).`, 'Use another --name.');
}

/** The newest batch of a file; undefined if there is none. A record that cannot be read does not count. */
export function batchOfFile(dir: string, file: string): string | undefined {
  const found = namesIn(directoryPaths(dir).batches).flatMap((name) => {
    const reading = readRecord(`${folderOf(dir, name)}/record`, (data) => decodeJson(BatchRecord, data), MOST_BYTES);
    const record = presentIn(reading);
    return record?.file === file ? [{ name, id: record.id }] : [];
  });
  return found.sort((a, b) => (a.id < b.id ? 1 : -1))[0]?.name;
}

/** Puts a batch on record, instead of what was there. */
export function writeBatch(dir: string, name: string, record: BatchRecord): void {
  replaceRecord(`${folderOf(dir, name)}/record`, encodeJson(record));
}

/** An id for a new batch. It has the form of a run id. */
export function newBatchId(): string {
  return newRunId(Date.now(), randomBytes(10));
}

const HolderRecord = z.looseObject({ pid: z.number(), startTime: text, bootId: text, pidNamespace: text });

/**
 * Makes this process the one that runs the batch. Two would start a line twice that ended between their looks. The
 * next number is created by link(2), as with residents, so no lock is left after a SIGKILL.
 * @returns what gives it up
 * @throws PmError `usage` if another process runs it. One of another pid namespace cannot be seen, and does not count
 */
export function holdBatch(dir: string, name: string): () => void {
  const folder = folderOf(dir, name);
  makeFolder(directoryPaths(dir).batches);
  makeFolder(folder);
  const newest = Math.max(0, ...holdersIn(folder));
  const decode = (data: string) => decodeJson(HolderRecord, data);
  const holder = presentIn(readRecord(`${folder}/holder.${newest}`, decode));
  if (holder !== undefined && isSamePidScope(holder) && isAlive(holder)) throw isHeld(name, holder.pid);
  if (!followHolder(folder, newest)) throw isHeld(name, undefined);
  return () => {
    try {
      createRecord(`${folder}/holder.${newest + 2}`, FREE);
      rmSync(`${folder}/holder.${newest + 1}`, { force: true });
    } catch {
      // The disk is full. The end of this process gives the batch up as well.
    }
  };
}

const FREE = '{}\n';

/**
 * Makes this process the holder after the newest one that it saw. If it was suspended since, it may create a number that others have used
 * and removed: only the highest counts.
 * @returns false if another process was first
 */
export function followHolder(folder: string, newest: number): boolean {
  const mine = newest + 1;
  const file = `${folder}/holder.${mine}`;
  if (!createRecord(file, encodeJson({ ...identify(process.pid), ...thisPidScope() }))) return false;
  const numbers = holdersIn(folder);
  if (numbers.some((n) => n > mine)) {
    rmSync(file, { force: true });
    return false;
  }
  for (const n of numbers) if (n < mine) rmSync(`${folder}/holder.${n}`, { force: true });
  return true;
}

function holdersIn(folder: string): number[] {
  return namesIn(folder).flatMap((file) => {
    const [, n] = /^holder\.(\d{1,9})$/.exec(file) ?? [];
    return n === undefined ? [] : [Number(n)];
  });
}

function isHeld(name: string, pid: number | undefined): PmError {
  const who = pid === undefined ? 'Another process' : `The process ${pid}`;
  return new PmError(
    'usage',
    `${who} runs the batch ${name} now.`,
    'Wait for that process, or end it; its runs go on. Or use another --name.',
  );
}

function folderOf(dir: string, name: string): string {
  return `${directoryPaths(dir).batches}/${name}`;
}
