import type { QueueView } from '@pm/operations';
import { oneLine } from '../text/plain-text.ts';
import type { Style } from '../text/style.ts';

/** The answer of `pm queue`: for each queue one line, then what runs, then what waits. */
export function queueLines(queues: readonly QueueView[], style: Style): string[] {
  if (queues.length === 0) return ['there are no queues'];
  return queues.flatMap((queue) => [
    oneLine(headOf(queue)),
    ...(queue.hosts ?? []).map((host) => `  host     ${oneLine([host.name, ...(host.labels ?? [])].join(' '))}`),
    ...queue.running.map((entry) => `  running  ${oneLine(nameOf(entry))}`),
    ...queue.waiting.map((entry) => `  ${String(entry.place).padEnd(8)} ${oneLine(waitingWords(entry, style))}`),
    ...(queue.total > queue.waiting.length ? [`  and ${queue.total - queue.waiting.length} more`] : []),
  ]);
}

function headOf({ name, slots, paused, why, running, total, newer, engine, hosts, unbounded }: QueueView): string {
  const isUnknown = slots === 0;
  return [
    name,
    engine,
    isUnknown
      ? undefined
      : unbounded === true
        ? `${running.length} running`
        : `${running.length} of ${slots} ${slots === 1 ? 'slot' : 'slots'} in use`,
    isUnknown ? undefined : `${total} waiting`,
    hosts?.length === 0 ? 'no worker is connected' : undefined,
    paused === true ? 'paused' : why,
    newer === undefined ? undefined : `${newer} that only a newer pm can start`,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

type Entry = QueueView['waiting'][number];

function waitingWords(entry: Entry, { clock }: Style): string {
  const { priority, startsAt, why } = entry;
  return [
    nameOf(entry),
    priority === undefined ? undefined : `priority ${priority}`,
    startsAt === undefined ? undefined : `starts about ${clock(startsAt)}`,
    why,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

function nameOf({ step, dir, host }: Entry): string {
  return `${step} (${dir.replace(/\/\.pm$/, '')})${host === undefined ? '' : ` on ${host}`}`;
}
