import { formatSize } from '@pm/operations/words';
import { nextStartOf } from '../frame/next-start.ts';
import { Place } from '../frame/places.tsx';
import { Told } from '../frame/told.tsx';
import type { World } from '../state/world.ts';

/** The queues, and the breakers that refuse or watch a step. */
export function Standing({ world: { queues, breakers } }: { readonly world: World }) {
  const alert = breakers.filter(({ circuit }) => circuit !== 'closed');
  const busy = queues.filter(({ running, total, paused }) => running.length + total > 0 || paused === true);
  if (busy.length === 0 && alert.length === 0) return null;
  return (
    <ul class="standing" aria-label="Queues and breakers">
      {busy.map(({ name, slots, running, total, paused, why, freeMemoryBytes }) => (
        <li key={`queue ${name}`}>
          <span>
            Queue <Told text={name} />: <span class="figure">{running.length}</span> of{' '}
            <span class="figure">{slots}</span> {slots === 1 ? 'slot' : 'slots'} in use,{' '}
            <span class="figure">{total}</span> waiting
            {paused === true && ', paused'}
            {freeMemoryBytes !== undefined && `, starts with ${formatSize(freeMemoryBytes)} of free memory`}
            {why !== undefined && (
              <>
                . <Told text={why} />
              </>
            )}
          </span>
        </li>
      ))}
      {alert.map((breaker) => (
        <li key={`breaker ${breaker.dir} ${breaker.name}`}>
          <span>
            Breaker <Told text={breaker.name} /> <Place dir={breaker.dir} /> is {breaker.circuit}. Next start:{' '}
            <Told text={nextStartOf(breaker)} />
          </span>
        </li>
      ))}
    </ul>
  );
}
