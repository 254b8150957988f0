import type { Identity } from '../identity.ts';
import { type ProcessRow, type ProcessTable, startOrder } from '../process-table.ts';

/**
 * A session or process group that a member of the tree leads or led. A session is part of the tree only if its leader
 * is a member, so the session of the starter never is.
 */
export interface Family {
  readonly kind: 'session' | 'group';
  readonly leader: Identity;
  /** The session a group lives in; a session's own id. A group never spans two sessions. */
  readonly sid: number;
  /** The last instant at which the number was certainly this family's, in the unit of `startOrder`. */
  readonly heldUntil: number;
}
export type Families = ReadonlyMap<string, Family>;

/** The sessions and groups a process leads, keyed for a `Families` map. */
export function familiesLedBy(row: ProcessRow): Family[] {
  const common = {
    leader: { pid: row.pid, startTime: row.startTime },
    sid: row.sid,
    heldUntil: startOrder(row.startTime),
  };
  const led: Family[] = [];
  if (row.sid === row.pid) led.push({ kind: 'session', ...common });
  if (row.pgid === row.pid) led.push({ kind: 'group', ...common });
  return led;
}

/**
 * The session and the group that the root may have led, for a root that is gone at the first look. The numbers are
 * certainly its own only when the root started: a process in them that was born right after cannot be anybody else's.
 */
export function rootFamilies(root: Identity, table: ProcessTable): Families {
  const common = { leader: root, heldUntil: startOrder(root.startTime) };
  const session: Family = { kind: 'session', sid: root.pid, ...common };
  const families = new Map([[familyKey(session), session]]);
  for (const { pgid, sid } of table.values()) {
    if (pgid !== root.pid || sid === root.pid) continue;
    const group: Family = { kind: 'group', sid, ...common };
    families.set(familyKey(group), group);
  }
  return families;
}

/**
 * The families to remember. A number that no process holds any longer may be reused by strangers, so it is forgotten.
 */
export function stillHeld(
  families: Families,
  members: ReadonlyMap<number, ProcessRow>,
  table: ProcessTable,
  nowOrder: number,
): Families {
  const held = [...families.values()].filter((family) => isHeld(family, table, members.values()));
  return new Map(held.map((family) => [familyKey(family), { ...family, heldUntil: nowOrder }]));
}

/** The key of a family in a `Families` map. */
export function familyKey(family: Family): string {
  return `${family.kind} ${family.leader.pid}`;
}

/** The families that a process is in, by its session and group numbers. */
export function familiesOf(row: ProcessRow, families: Families): Family[] {
  const session = families.get(`session ${row.sid}`);
  const group = families.get(`group ${row.pgid}`);
  return [...(session ? [session] : []), ...(group && group.sid === row.sid ? [group] : [])];
}

/**
 * Whether the number is certainly still this family's. The kernel does not reuse a pid while a session or group has
 * that number, so it is enough that the leader is still in the table, also as a zombie, or that a verified member is in
 * the family.
 */
export function isHeld(family: Family, table: ProcessTable, members: Iterable<ProcessRow>): boolean {
  if (table.get(family.leader.pid)?.startTime === family.leader.startTime) return true;
  for (const row of members) if (inFamily(row, family)) return true;
  return false;
}

/**
 * Whether a process belongs to a family whose number is no longer held: only if it was born while the number was held,
 * or so soon after that the pid cannot have been reused (5.5 s at the fastest that was measured). A later one may be in
 * a stranger's session.
 */
export function wasBornInto(row: ProcessRow, family: Family, table: ProcessTable): boolean {
  if (table.has(family.leader.pid)) return false;
  return startOrder(row.startTime) <= family.heldUntil + PID_REUSE_FLOOR;
}

const PID_REUSE_FLOOR = 100; // hundredths of a second

function inFamily(row: ProcessRow, family: Family): boolean {
  if (row.sid !== family.sid) return false;
  return family.kind === 'session' || row.pgid === family.leader.pid;
}
