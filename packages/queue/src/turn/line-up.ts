import { FRONT, type Ticket } from './ticket.ts';

/** When each project last had a turn: a number that rises with each turn. A project without one has had none. */
export type Served = ReadonlyMap<string, number>;

/**
 * The order in which waiting entries get their turns. Pure.
 *
 * A higher priority goes first. Within a priority the projects take turns: first the one whose last turn is the longest ago. Within a
 * project the first to come is the first to go. What was put to the front goes before everything else, the latest first.
 */
export function lineUp(waiting: readonly Ticket[], served: Served): Ticket[] {
  const front = waiting.filter(({ priority }) => priority >= FRONT).sort((a, b) => byOrder(b, a));
  const turns = new Map(served);
  let latest = Math.max(0, ...served.values());
  const take = ({ project }: Ticket): void => void turns.set(project, ++latest);
  front.forEach(take);
  const line = front;
  for (const sameRank of byPriority(waiting)) {
    const projects = queuesOf(sameRank);
    const [only] = projects;
    if (only !== undefined && projects.length === 1) {
      take(only.tickets[0] as Ticket);
      line.push(...only.tickets);
      continue;
    }
    for (let left = sameRank.length; left > 0; left--) {
      const next = firstOf(projects, turns);
      if (next === undefined) break;
      next.at += 1;
      const ticket = next.tickets[next.at - 1] as Ticket;
      take(ticket);
      line.push(ticket);
    }
  }
  return line;
}

interface ProjectQueue {
  readonly tickets: readonly Ticket[];
  /** The index of the first that has had no turn. */
  at: number;
}

function byPriority(waiting: readonly Ticket[]): Ticket[][] {
  const ranks = grouped(
    waiting.filter(({ priority }) => priority < FRONT),
    ({ priority }) => priority,
  );
  return [...ranks].sort(([a], [b]) => b - a).map(([, tickets]) => tickets);
}

function queuesOf(tickets: readonly Ticket[]): ProjectQueue[] {
  const projects = grouped(tickets, ({ project }) => project);
  return [...projects.values()].map((queue) => ({ tickets: queue.sort(byOrder), at: 0 }));
}

/** Map.groupBy, which Node.js 20 does not have. */
function grouped<K>(tickets: readonly Ticket[], keyOf: (ticket: Ticket) => K): Map<K, Ticket[]> {
  const groups = new Map<K, Ticket[]>();
  for (const ticket of tickets) {
    const group = groups.get(keyOf(ticket));
    if (group === undefined) groups.set(keyOf(ticket), [ticket]);
    else group.push(ticket);
  }
  return groups;
}

function firstOf(projects: readonly ProjectQueue[], turns: Served): ProjectQueue | undefined {
  let first: ProjectQueue | undefined;
  for (const queue of projects) {
    if (queue.at < queue.tickets.length && (first === undefined || isBefore(queue, first, turns))) first = queue;
  }
  return first;
}

function isBefore(one: ProjectQueue, other: ProjectQueue, turns: Served): boolean {
  const [a, b] = [one, other].map(({ tickets, at }) => tickets[at] as Ticket) as [Ticket, Ticket];
  const [turnA, turnB] = [a, b].map(({ project }) => turns.get(project) ?? 0) as [number, number];
  return turnA === turnB ? byOrder(a, b) < 0 : turnA < turnB;
}

function byOrder(a: Ticket, b: Ticket): number {
  return a.order - b.order || (a.id < b.id ? -1 : 1);
}
