import { isRunId } from '@pm/protocol';
import { FRONT, PRIORITY, type Ticket } from '../turn/ticket.ts';

/** What is said by the name of an entry: all that its turn depends on, so that ten thousand entries are lined up by one look at a folder. */
const FORM = /^1~\d{3}~\d{16}~[0-9a-f]{16}~[0-9a-f]{16}~[^~]+$/;

/** Names sort by priority and order. The first digit is the version. */
export function nameOf({ priority, order, project, realm, id }: Ticket): string {
  return ['1', String(500 - priority).padStart(3, '0'), String(order).padStart(16, '0'), project, realm, id].join('~');
}

/** Whether a name is that of an entry; `newer` if only a later version can read it. */
export function kindOf(name: string): 'entry' | 'newer' | 'other' {
  if (FORM.test(name)) return 'entry';
  return /^[2-9]~/.test(name) ? 'newer' : 'other';
}

/** Entries that go by nothing but their order: they have the same priority, project and realm. */
export interface EntryGroup {
  /** What their names begin with. */
  readonly rank: string;
  /** The project and the realm, as they are in their names. */
  readonly whose: string;
}

/** The group of an entry. @param name its file name, which has to be one of an entry */
export function groupOf(name: string): EntryGroup {
  return { rank: name.slice(0, 6), whose: name.slice(22, 56) };
}

/** Whether an entry with this name is of the group. It is asked of thousands, so the rest of the name is not checked. */
export function isOf({ rank, whose }: EntryGroup, name: string): boolean {
  return name.startsWith(rank) && name.startsWith(whose, 22);
}

/** True for what was put to the front, where the latest is the first. */
export function isFront({ rank }: EntryGroup): boolean {
  return rank === `1~${500 - FRONT}~`;
}

/** The ticket that the name of an entry says; undefined if it says none. */
export function parseName(name: string): Ticket | undefined {
  if (kindOf(name) !== 'entry') return undefined;
  const [, rank, order, project = '', realm = '', id = ''] = name.split('~');
  const priority = 500 - Number(rank);
  if (!isRunId(id) || priority < PRIORITY.lowest || priority > FRONT) return undefined;
  return { id, priority, order: Number(order), project, realm };
}
