import type { ProcessTable } from '../process-table.ts';
import { entriesIn } from './marks.ts';
import { supervisedBy } from './other-runs.ts';
import { indexOf, type LivingRow } from './table-index.ts';
import type { TreeReaders } from './tree-readers.ts';

/** What the processes of a table show of themselves. An answer may also hold processes that are older than `since`. */
export interface EvidenceIndex {
  /** Those whose environment has this entry. */
  readonly marked: (marker: string, since: number) => readonly LivingRow[];
  /** The wrapper of a run, and its beat: by the first entry of the name in their environment. */
  readonly supervisorsOf: (runId: string, since: number) => readonly LivingRow[];
  /** Those with an output that leads to such a path. */
  readonly writingTo: (isWanted: (path: string) => boolean, since: number) => readonly LivingRow[];
}

// Why: contributing/decisions/2026-11-30-a-run-looks-at-its-own-processes.md
/**
 * The evidence of a table. All runs share it, so each process is read once; none is read that is older than all the runs that asked.
 * @param name of the entries, such as `PM_RUN_ID=`; empty if no entry is looked for
 */
export function evidenceOf(table: ProcessTable, name: string, readers: TreeReaders): EvidenceIndex {
  const ofTable = EVIDENCE.get(table) ?? new WeakMap<TreeReaders, Map<string, EvidenceIndex>>();
  EVIDENCE.set(table, ofTable);
  const byName = ofTable.get(readers) ?? new Map<string, EvidenceIndex>();
  ofTable.set(readers, byName);
  const known = byName.get(name) ?? openEvidence(table, name, readers);
  byName.set(name, known);
  return known;
}

const EVIDENCE = new WeakMap<ProcessTable, WeakMap<TreeReaders, Map<string, EvidenceIndex>>>();

function openEvidence(table: ProcessTable, name: string, { environOf, outputsOf }: TreeReaders): EvidenceIndex {
  const { youngestFirst } = indexOf(table);
  const marked = new Map<string, LivingRow[]>();
  const supervisors = new Map<string, LivingRow[]>();
  const outputs = new Map<string, LivingRow[]>();
  const readEntries = readerDownTo(youngestFirst, (one) => {
    const entries = entriesIn(environOf(one.row.pid), name);
    for (const entry of new Set(entries)) put(marked, entry, one);
    const supervised = supervisedBy(entries[0]?.slice(name.length));
    if (supervised !== undefined) put(supervisors, supervised, one);
  });
  const readOutputs = readerDownTo(youngestFirst, (one) => {
    for (const path of new Set(outputsOf(one.row.pid))) put(outputs, path, one);
  });
  return {
    marked: (marker, since) => {
      readEntries(since);
      return marked.get(marker) ?? [];
    },
    supervisorsOf: (runId, since) => {
      readEntries(since);
      return supervisors.get(runId) ?? [];
    },
    writingTo: (isWanted, since) => {
      readOutputs(since);
      const found: LivingRow[] = [];
      for (const [path, rows] of outputs) if (isWanted(path)) found.push(...rows);
      return found;
    },
  };
}

/** Reads each process once: when the first run asks that is no younger. */
function readerDownTo(youngestFirst: readonly LivingRow[], read: (one: LivingRow) => void): (since: number) => void {
  let next = 0;
  return (since) => {
    for (let one = youngestFirst[next]; one !== undefined && one.order >= since; one = youngestFirst[++next]) read(one);
  };
}

function put(map: Map<string, LivingRow[]>, key: string, one: LivingRow): void {
  const rows = map.get(key);
  if (rows === undefined) map.set(key, [one]);
  else rows.push(one);
}
