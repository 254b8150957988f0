import { runNow, type SeenRun } from '@pm/operations/overview-state';
import { attentionOf, runName, stateLabel } from '@pm/operations/words';
import { Place } from '../frame/places.tsx';
import { Told } from '../frame/told.tsx';
import { Actions } from '../run/actions.tsx';
import { hashOf, type Route } from '../state/route.ts';

/** How many are shown at once. The list has all of them. */
const SHOWN = 3;

export interface DecisionsProps {
  readonly entries: readonly SeenRun[];
  readonly route: Route;
  readonly now: number;
  readonly isReadOnly: boolean;
  /** Called with a run that is left alone for now. */
  readonly waitOn: (entry: SeenRun) => void;
}

/** Live runs that need a decision, each with what can be done: wait on, extend, stop. */
export function Decisions({ entries, route, now, isReadOnly, waitOn }: DecisionsProps) {
  if (entries.length === 0) return null;
  return (
    <section class="decisions" aria-label="Runs that need a decision">
      {entries.slice(0, SHOWN).map((entry) => (
        <article class="decision" key={entry.run.id}>
          <p>
            <a class="name" href={hashOf({ ...route, run: entry.run })}>
              <Told text={runName(entry.run)} />
            </a>{' '}
            <Place dir={entry.run.dir} /> <strong>{attentionOf(entry.run) ?? stateLabel(runNow(entry, now))}</strong>{' '}
            <Told text={entry.run.evidence} />
          </p>
          <Actions entry={entry} now={now} isReadOnly={isReadOnly} waitOn={() => waitOn(entry)} />
        </article>
      ))}
      {entries.length > SHOWN && <p class="dim">{moreOf(entries.length - SHOWN)} See the first rows of the list.</p>}
    </section>
  );
}

function moreOf(count: number): string {
  return count === 1 ? '1 more run needs a decision.' : `${count} more runs need a decision.`;
}
