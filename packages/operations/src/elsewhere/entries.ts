import { readFileSync, statSync, utimesSync } from 'node:fs';
import { directoryPaths, isRunId, isStepName } from '@pm/protocol';
import { addWork, closeWork, openWork } from '@pm/protocol/fs';

/** A run of this directory that an engine was asked to take, and whose outcome is not here yet. */
export interface EntryElsewhere {
  readonly id: string;
  readonly step: string;
  readonly queue: string;
  /** Set as long as the engine has not confirmed it: then nobody knows whether it has the entry. */
  readonly offer?: {
    /** As in the entry. */
    readonly project: string;
    /** For how long, ms. */
    readonly ageMs: number;
    /** Somebody is about to add it. */
    readonly isBusy: boolean;
  };
}

/** What is noted of an entry before it is given to its engine. */
export type NewNote = Pick<EntryElsewhere, 'id' | 'step' | 'queue'> & { readonly project: string };

const OFFERED = 'offered.';
const GIVEN = 'elsewhere.';

// Why: contributing/decisions/2026-11-29-an-unanswered-start-waits.md
/**
 * Notes that an engine is about to be asked to take an entry. It is written first, so what has no note is at no engine.
 * @returns false if that is noted already
 */
export function noteOffer(dir: string, { id, step, queue, project }: NewNote): boolean {
  if (isNoted(dir, id)) return false;
  addWork(dir, `${OFFERED}${id}`, `${queue} ${step} ${project}`);
  return true;
}

/** Whoever is about to add an entry is done with that after the time in which an engine has to answer. */
const ASKING_MS = 10_000;

/** The engine was asked and gave no answer, so it can be asked again at once. */
export function noteUnanswered(dir: string, id: string): void {
  const at = (Date.now() - ASKING_MS) / 1_000;
  try {
    utimesSync(`${directoryPaths(dir).work}/${OFFERED}${id}`, at, at);
  } catch {
    // Another process has settled it.
  }
}

/** The engine was not asked after all, or has said no. */
export function forgetOffer(dir: string, id: string): void {
  closeWork(dir, `${OFFERED}${id}`);
}

/** Notes that the engine has the entry: from now on it is never added again. */
export function noteGiven(dir: string, { id, step, queue }: Pick<EntryElsewhere, 'id' | 'step' | 'queue'>): void {
  addWork(dir, `${GIVEN}${id}`, `${queue} ${step}`);
  closeWork(dir, `${OFFERED}${id}`);
}

/** Its outcome is here. */
export function closeEntry(dir: string, { id }: Pick<EntryElsewhere, 'id'>): void {
  closeWork(dir, `${OFFERED}${id}`);
  closeWork(dir, `${GIVEN}${id}`);
}

/** Whether some are open. It is asked often, so nothing is read. */
export function hasEntries(dir: string): boolean {
  return openWork(dir).some((name) => name.startsWith(GIVEN) || name.startsWith(OFFERED));
}

/** Whether the engine was asked to take this entry. */
export function isNoted(dir: string, id: string): boolean {
  const names = openWork(dir);
  return names.includes(`${GIVEN}${id}`) || names.includes(`${OFFERED}${id}`);
}

/** The ids of what its engine was asked to take, and of which no outcome is here yet. Nothing is read. */
export function notedIds(dir: string): ReadonlySet<string> {
  const ids = openWork(dir).flatMap((name) =>
    [GIVEN, OFFERED].filter((prefix) => name.startsWith(prefix)).map((prefix) => name.slice(prefix.length)),
  );
  return new Set(ids);
}

/** Those that are open. */
export function openEntries(dir: string): EntryElsewhere[] {
  const names = openWork(dir);
  const given = names.filter((name) => name.startsWith(GIVEN)).flatMap((name) => read(dir, name, GIVEN));
  const known = new Set(given.map(({ id }) => id));
  const offered = names.filter((name) => name.startsWith(OFFERED)).flatMap((name) => read(dir, name, OFFERED));
  return [...given, ...offered.filter(({ id }) => !known.has(id))];
}

/** This entry, if nobody knows yet whether its engine has it. */
export function offeredEntry(dir: string, id: string): EntryElsewhere | undefined {
  const names = openWork(dir);
  if (names.includes(`${GIVEN}${id}`) || !names.includes(`${OFFERED}${id}`)) return undefined;
  return read(dir, `${OFFERED}${id}`, OFFERED)[0];
}

function read(dir: string, name: string, prefix: typeof OFFERED | typeof GIVEN): EntryElsewhere[] {
  const id = name.slice(prefix.length);
  const file = `${directoryPaths(dir).work}/${name}`;
  try {
    const [queue = '', step = '', project = ''] = readFileSync(file, 'utf8').split(' ');
    if (!isRunId(id) || !isStepName(queue) || !isStepName(step)) return [];
    if (prefix === GIVEN) return [{ id, step, queue }];
    const ageMs = Date.now() - statSync(file).mtimeMs;
    const isBusy = ageMs >= 0 && ageMs < ASKING_MS; // the clock may have been set back
    return [{ id, step, queue, offer: { project, ageMs, isBusy } }];
  } catch {
    return []; // another process has just closed it
  }
}

/** How often at most it is noted that an entry was asked for, ms. */
const NOTE_MS = 2_000;

/** Notes that the engine has just said how the entry stands: the file of an entry is as old as that answer. Any process may ask. */
export function noteAsked(dir: string, entry: Pick<EntryElsewhere, 'id'>): void {
  if (wasAsked(dir, entry, NOTE_MS)) return;
  try {
    utimesSync(fileOf(dir, entry), new Date(), new Date());
  } catch {
    // it was closed
  }
}

/** Whether the engine was asked for the entry in the last so many ms, or given it. True if it is closed. */
export function wasAsked(dir: string, entry: Pick<EntryElsewhere, 'id'>, inMs: number): boolean {
  const stat = statSync(fileOf(dir, entry), { throwIfNoEntry: false });
  return stat === undefined || Math.abs(Date.now() - stat.mtimeMs) < inMs;
}

function fileOf(dir: string, { id }: Pick<EntryElsewhere, 'id'>): string {
  return `${directoryPaths(dir).work}/${GIVEN}${id}`;
}
