import type { SeenRun } from '@pm/operations/overview-state';
import { useMemo, useState } from 'preact/hooks';
import { VirtualList } from '../frame/virtual-list.tsx';
import { hashOf, type Route } from '../state/route.ts';
import { sectionsOf } from '../state/sections.ts';
import type { World } from '../state/world.ts';
import { RunRow } from './run-row.tsx';

const SECOND = 1_000;
/** Below this width a row has two lines, pixels. The style sheet has the same number. */
const NARROW = 720;

type Item =
  | {
      readonly kind: 'title';
      readonly key: string;
      readonly height: number;
      readonly title: string;
      readonly count: number;
    }
  | { readonly kind: 'run'; readonly key: string; readonly height: number; readonly entry: SeenRun };

/** All runs: live ones first, then those that wait, then the newest run of each step. */
export function RunList({
  world,
  filter,
  route,
  now,
}: {
  readonly world: World;
  readonly filter: string;
  readonly route: Route;
  readonly now: number;
}) {
  const [width, setWidth] = useState(1_000);
  const height = width < NARROW ? 62 : 46;
  const items = useMemo(
    () =>
      sectionsOf(world.runs.values(), filter).flatMap(({ title, entries }): Item[] => [
        { kind: 'title', key: title, height: 40, title, count: entries.length },
        ...entries.map((entry): Item => ({ kind: 'run', key: entry.run.id, height, entry })),
      ]),
    [world.runs, filter, height],
  );
  const open = items.find((item) => item.kind === 'run' && isOpen(item.entry, route))?.key;
  if (items.length === 0 && filter.trim() !== '') return <p class="empty">No run matches this filter.</p>;
  return (
    <VirtualList label="Runs" items={items} shown={open} measured={setWidth}>
      {(item) =>
        item.kind === 'title' ? (
          <div class="heads">
            <h2 class="section">
              {item.title} <span class="figure dim">{item.count}</span>
            </h2>
            {item.title === 'Running' && (
              <>
                <span class="cpu">CPU</span>
                <span class="memory">Memory</span>
              </>
            )}
          </div>
        ) : (
          <RunRow
            entry={item.entry}
            samples={world.samples.get(item.key)}
            now={SECOND * Math.floor(now / SECOND)}
            href={hrefOf(item.entry, route)}
            isOpen={item.key === open}
          />
        )
      }
    </VirtualList>
  );
}

/** The runs in the order of the list, for the arrow keys. */
export function listed(world: World, filter: string): SeenRun[] {
  return sectionsOf(world.runs.values(), filter).flatMap(({ entries }) => entries);
}

/** Whether the details of this run are open. */
export function isOpen({ run }: SeenRun, { run: open }: Route): boolean {
  return open !== undefined && open.id === run.id;
}

function hrefOf({ run }: SeenRun, route: Route): string {
  return hashOf({ ...route, run });
}
