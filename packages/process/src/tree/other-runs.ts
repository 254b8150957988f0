import type { ProcessRow } from '../process-table.ts';
import { markName, valueIn } from './marks.ts';

/** A wrapper, its beat and the resident monitor carry these in the place of a run id. They belong to no run. */
const SUPERVISOR = /^supervisor-of-(.*)$/;
const RESIDENT = 'resident';

/** The id of the run whose wrapper or beat a process is, by the value in its environment. */
export function supervisedBy(value: string | undefined): string | undefined {
  return SUPERVISOR.exec(value ?? '')?.[1];
}

/**
 * Tells which processes belong to another run than that of the marker, by the marker's name in their environment. That
 * run's own wrapper must be among the processes: a job can set the variable to anything, and to the id of a run that is
 * over.
 * @param marker such as `PM_RUN_ID=abc`
 * @param isSupervised whether the wrapper of a run is among the processes
 */
export function otherRuns(
  marker: string | undefined,
  environOf: (pid: number) => string | undefined,
  isSupervised: (runId: string) => boolean,
): (row: ProcessRow) => boolean {
  if (marker === undefined) return () => false;
  const name = markName(marker);
  return ({ pid }) => {
    const value = valueIn(environOf(pid), name);
    if (value === undefined || value === '') return false;
    return value === RESIDENT || supervisedBy(value) !== undefined || isSupervised(value);
  };
}

/** As `otherRuns`, with the wrappers that are among these processes. They are looked for when the first one is asked for. */
export function otherRunsIn(
  rows: readonly ProcessRow[],
  marker: string,
  environOf: (pid: number) => string | undefined,
): (row: ProcessRow) => boolean {
  const name = markName(marker);
  let supervised: ReadonlySet<string> | undefined;
  return otherRuns(marker, environOf, (runId) => {
    supervised ??= new Set(rows.flatMap(({ pid }) => supervisedBy(valueIn(environOf(pid), name)) ?? []));
    return supervised.has(runId);
  });
}
