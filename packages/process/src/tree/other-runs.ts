import type { ProcessRow } from '../process-table.ts';

/** A wrapper, its beat and the resident monitor carry these in the place of a run id. They belong to no run. */
const SUPERVISOR = /^supervisor-of-(.*)$/;
const RESIDENT = 'resident';

/**
 * Tells which processes belong to another run than that of the marker, by the marker's name in their environment. That
 * run's own wrapper must be among the processes: a job can set the variable to anything, and to the id of a run that is
 * over.
 * @param marker such as `PM_RUN_ID=abc`
 */
export function otherRunsIn(
  rows: readonly ProcessRow[],
  marker: string | undefined,
  environOf: (pid: number) => string | undefined,
): (row: ProcessRow) => boolean {
  if (marker === undefined) return () => false;
  const name = marker.slice(0, marker.indexOf('=') + 1);
  const runOf = ({ pid }: ProcessRow): string | undefined =>
    environOf(pid)
      ?.split('\0')
      .find((entry) => entry.startsWith(name))
      ?.slice(name.length);
  let supervised: ReadonlySet<string> | undefined; // worked out when it is first needed
  return (row) => {
    const value = runOf(row);
    if (value === undefined || value === '') return false;
    if (value === RESIDENT || SUPERVISOR.test(value)) return true;
    supervised ??= new Set(rows.flatMap((other) => SUPERVISOR.exec(runOf(other) ?? '')?.[1] ?? []));
    return supervised.has(value);
  };
}
