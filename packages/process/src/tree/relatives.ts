import type { ProcessRow, ProcessTable } from '../process-table.ts';
import { type Families, familiesOf, isHeld, wasBornInto } from './families.ts';

/**
 * Admits those of the outsiders that are children of members, or in a session or group that a member leads or led.
 * Repeats until nothing is added: a child may stand before its parent in the table, and a new member may lead a
 * session. `admit` adds to `members` and `families`, which are read again each time.
 */
export function admitRelatives(
  outsiders: readonly ProcessRow[],
  members: ReadonlyMap<number, ProcessRow>,
  families: Families,
  table: ProcessTable,
  admit: (row: ProcessRow) => void,
): void {
  const isRelative = (row: ProcessRow) =>
    members.has(row.ppid) ||
    familiesOf(row, families).some(
      (family) => isHeld(family, table, members.values()) || wasBornInto(row, family, table),
    );
  let rest = outsiders;
  for (let before = -1; before !== members.size; ) {
    before = members.size;
    rest = rest.filter((row) => {
      const related = isRelative(row);
      if (related) admit(row);
      return !related;
    });
  }
}
