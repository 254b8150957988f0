import type { ProcessRow } from '../process-table.ts';

/** To whom a process belongs by its environment: to this run, to another run (same name, other value), or to none. */
export type Mark = 'ours' | 'foreign' | 'none';
export type Marks = ReadonlyMap<string, Mark>;

/**
 * The marks of these processes: those that are remembered, and for a new process one read of its environment (65 µs).
 *
 * They are remembered by pid, start time *and* command name: between fork and exec a process still shows its parent's
 * environment, and the name changes with the exec. A process without a mark is not remembered: an empty environment may
 * be an exec half done.
 */
export function readMarks(
  marker: string | undefined,
  rows: Iterable<ProcessRow>,
  remembered: Marks | undefined,
  environOf: (pid: number) => string | undefined,
): Marks {
  const marks = new Map<string, Mark>();
  if (marker === undefined) return marks;
  for (const row of rows) {
    const key = markKey(row);
    const known = remembered?.get(key);
    if (known !== undefined) {
      marks.set(key, known);
      continue;
    }
    const environ = environOf(row.pid);
    const mark = markOf(environ ?? '', marker);
    if (mark !== 'none') marks.set(key, mark); // hundreds of strangers are not worth remembering for each run
  }
  return marks;
}

/** The name of a marker with its `=`, as it begins an entry: `PM_RUN_ID=`. Empty if there is none. */
export function markName(marker = ''): string {
  return marker.slice(0, marker.indexOf('=') + 1);
}

/** The key a process is remembered by. */
export function markKey(row: ProcessRow): string {
  let key = KEYS.get(row);
  if (key === undefined) {
    key = `${row.pid} ${row.startTime} ${row.command}`;
    KEYS.set(row, key);
  }
  return key;
}

/** All runs share a table, and several ask for the key of a row. */
const KEYS = new WeakMap<ProcessRow, string>();

/** The entries of an environment that can hold a mark: a few bytes of as many kilobytes, which can then be freed. */
export function entriesNamed(name: string, environ: string | undefined): string {
  return Buffer.from(entriesIn(environ, name).join('\0')).toString(); // a copy: a part of a string keeps the whole string in memory
}

/** The entries of an environment with a name, such as `PM_RUN_ID=`; none for an empty one. */
export function entriesIn(environ: string | undefined, name: string): string[] {
  return name === '' ? [] : (environ?.split('\0').filter((entry) => entry.startsWith(name)) ?? []);
}

/** The value of the first of these entries. */
export function valueIn(environ: string | undefined, name: string): string | undefined {
  return entriesIn(environ, name)[0]?.slice(name.length);
}

/**
 * What an environment (entries separated by NUL) says about a marker such as `PM_RUN_ID=abc`. An empty value is no
 * mark.
 */
export function markOf(environ: string, marker: string): Mark {
  if (environ === '') return 'none';
  const entries = `\0${environ}\0`;
  if (entries.includes(`\0${marker}\0`)) return 'ours';
  const name = markName(marker);
  const at = entries.indexOf(`\0${name}`);
  if (at < 0 || name === '') return 'none';
  return entries[at + 1 + name.length] === '\0' ? 'none' : 'foreign';
}
