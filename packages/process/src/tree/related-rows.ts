import type { ProcessTable } from '../process-table.ts';
import type { EvidenceIndex } from './evidence-index.ts';
import type { Families } from './families.ts';
import { indexOf, type LivingRow } from './table-index.ts';
import type { Tree, TreeQuery } from './tree.ts';

// Why: contributing/decisions/2026-11-30-a-run-looks-at-its-own-processes.md
/**
 * The processes that may belong to a run: those that show it, and whoever is related to one of these. `growTree` decides which do. It
 * looks at no others, so a thousand runs do not each look at every process of the machine.
 * @param known what the run has without any of them: its families, and the pids in its cgroup
 * @param since no older process is read for this run
 */
export function relatedRows(
  query: TreeQuery,
  remembered: Tree | undefined,
  table: ProcessTable,
  evidence: EvidenceIndex,
  known: { readonly families: Families; readonly inCgroup: Iterable<number> },
  since: number,
): LivingRow[] {
  const { byPid, byParent, bySession, byGroup } = indexOf(table);
  const found = new Set<LivingRow>();
  const add = (one: LivingRow | undefined): void => {
    if (one !== undefined) found.add(one);
  };
  /** The children of a process, and who is in a session or group of its number. */
  const addRelatives = (pid: number): void => {
    for (const rows of [byParent, bySession, byGroup]) for (const one of rows.get(pid) ?? []) found.add(one);
  };
  add(byPid.get(query.root.pid));
  addRelatives(query.root.pid); // the root itself may have ended
  for (const pid of remembered?.members.keys() ?? []) add(byPid.get(pid));
  for (const key of remembered?.marks.keys() ?? []) add(byPid.get(Number.parseInt(key, 10)));
  for (const pid of known.inCgroup) add(byPid.get(pid));
  for (const { leader } of known.families.values()) addRelatives(leader.pid);
  if (query.marker !== undefined) for (const one of evidence.marked(query.marker, since)) add(one);
  for (const one of writersOf(query, evidence, since)) add(one);
  for (const { row } of found) addRelatives(row.pid); // a set gives also what is added meanwhile
  return [...found].sort((a, b) => a.at - b.at);
}

function writersOf(query: TreeQuery, evidence: EvidenceIndex, since: number): readonly LivingRow[] {
  return hasLog(query) ? evidence.writingTo((path) => isLogOf(query, path), since) : [];
}

/** Whether outputs can show that a process belongs to the run. If not, they need not be read. */
export function hasLog({ output, outputFile }: TreeQuery): boolean {
  return output !== undefined || outputFile !== undefined;
}

/** Whether an output that leads to this path leads to the log of the run. */
export function isLogOf({ output, outputFile }: TreeQuery, path: string): boolean {
  return path === outputFile || (output !== undefined && path.includes(output));
}
