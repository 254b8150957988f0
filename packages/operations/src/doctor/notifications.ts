import { type Delivery, deliveriesOf } from '@pm/notify';
import { directoryPaths, isRunId } from '@pm/protocol';
import { namesIn } from '@pm/protocol/fs';
import { withCount } from '@pm/protocol/text';
import type { DoctorCheck, DoctorFinding } from './doctor-answer.ts';

export const NOTIFICATIONS: DoctorCheck = { check: 'notifications', what: 'people are told how runs ended' };

/** Of so many of the newest runs the deliveries are looked at. */
const MOST_RUNS = 200;

/** Whether the notifications of the directory were delivered. Undefined if none was asked for. */
export function notifications(dir: string): DoctorFinding | undefined {
  const ids = namesIn(directoryPaths(dir).runs).filter(isRunId).sort().slice(-MOST_RUNS);
  const all = ids.flatMap((id) => deliveriesOf(dir, { id }).map((delivery) => ({ id, delivery })));
  const over = all.filter(({ delivery }) => delivery.state !== 'waiting');
  if (over.length === 0) return undefined;
  const failed = over.filter(({ delivery }) => delivery.state === 'failed');
  const open = over.filter(({ delivery }) => delivery.state === 'open' && delivery.why !== undefined);
  if (failed.length + open.length === 0)
    return { ...NOTIFICATIONS, result: 'pass', fact: `none of ${over.length} has failed` };
  const words = [...failed, ...open].map(({ id, delivery }) => `${id}: ${wordsOf(delivery)}`);
  const fact = `${failed.length} given up, ${open.length} tried again: ${withCount(words.toReversed(), 3)}`;
  return {
    ...NOTIFICATIONS,
    result: 'warn',
    fact,
    remedy: 'correct the target in pm.config.json; it counts for later starts',
  };
}

function wordsOf({ target, why = 'unknown' }: Delivery): string {
  return `${target} (${why})`;
}
