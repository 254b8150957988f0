import { isDead, type ProcessRow, type ProcessTable, startOrder } from '../process-table.ts';

/** A living process of a table. */
export interface LivingRow {
  readonly row: ProcessRow;
  /** See `startOrder`. */
  readonly order: number;
  /** Its place among the living processes of the table. */
  readonly at: number;
}

type RowsByNumber = ReadonlyMap<number, readonly LivingRow[]>;

/** The living processes of a table, by what ties them to each other. */
export interface TableIndex {
  readonly byPid: ReadonlyMap<number, LivingRow>;
  readonly byParent: RowsByNumber;
  readonly bySession: RowsByNumber;
  readonly byGroup: RowsByNumber;
  /** Those whose start time is known. */
  readonly youngestFirst: readonly LivingRow[];
}

/** The index of a table. It is made once for each table, not once for each of a thousand runs. */
export function indexOf(table: ProcessTable): TableIndex {
  const known = INDEXES.get(table);
  if (known !== undefined) return known;
  const living: LivingRow[] = [];
  for (const row of table.values())
    if (row.pid > 1 && !isDead(row)) living.push({ row, order: startOrder(row.startTime), at: living.length });
  const index: TableIndex = {
    byPid: new Map(living.map((one) => [one.row.pid, one])),
    byParent: grouped(living, ({ ppid }) => ppid),
    bySession: grouped(living, ({ sid }) => sid),
    byGroup: grouped(living, ({ pgid }) => pgid),
    youngestFirst: living.filter(({ order }) => !Number.isNaN(order)).sort((a, b) => b.order - a.order),
  };
  INDEXES.set(table, index);
  return index;
}

const INDEXES = new WeakMap<ProcessTable, TableIndex>();

function grouped(living: readonly LivingRow[], numberOf: (row: ProcessRow) => number): RowsByNumber {
  const groups = new Map<number, LivingRow[]>();
  for (const one of living) {
    const number = numberOf(one.row);
    const group = groups.get(number);
    if (group === undefined) groups.set(number, [one]);
    else group.push(one);
  }
  return groups;
}
