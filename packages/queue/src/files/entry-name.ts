import { isRunId } from '@pm/protocol';
import { FRONT, PRIORITY, type Ticket } from '../turn/ticket.ts';

/** What is said by the name of an entry: all that its turn depends on, so that ten thousand entries are lined up by one look at a folder. */
const FORM = /^1~\d{3}~\d{1,16}~[0-9a-f]{16}~[0-9a-f]{16}~[^~]+$/;

/** Names sort by priority and order. The first digit is the version. */
export function nameOf({ priority, order, project, realm, id }: Ticket): string {
  return ['1', String(500 - priority).padStart(3, '0'), String(order).padStart(16, '0'), project, realm, id].join('~');
}

/** A ticket by the name of its file; `newer` if only a later version can read it; undefined if it is no entry. */
export function parseName(name: string): Ticket | 'newer' | undefined {
  if (!FORM.test(name)) return /^[2-9]~/.test(name) ? 'newer' : undefined;
  const [, rank, order, project = '', realm = '', id = ''] = name.split('~');
  const priority = 500 - Number(rank);
  if (!isRunId(id) || priority < PRIORITY.lowest || priority > FRONT) return undefined;
  return { id, priority, order: Number(order), project, realm };
}
