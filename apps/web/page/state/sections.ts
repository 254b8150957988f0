import type { RunView } from '@pm/operations';
import type { SeenRun } from '@pm/operations/overview-state';
import { isRunning, runName, stateLabel } from '@pm/operations/words';

/** A part of the list, with its runs in the order in which they are shown. */
export interface Section {
  readonly title: 'Running' | 'Waiting for their turn' | 'Ended';
  readonly entries: readonly SeenRun[];
}

/** The facts behind the state, as far as its words do not say them: `exit 7`. */
export function evidenceOf(run: RunView): string {
  return stateLabel(run).includes(run.evidence) ? '' : run.evidence;
}

/** Live runs first, those that need a decision before the others; then queued ones by their place; then the newest run of each step. */
export function sectionsOf(entries: Iterable<SeenRun>, filter: string): Section[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = [...entries].filter(({ run }) => matches(run, words));
  const live = shown.filter(({ run }) => isRunning(run)).sort(byNeed);
  const queued = shown.filter(({ run }) => run.state === 'queued').sort(byPlace);
  const ended = shown.filter(({ run }) => run.state === 'ended' || run.state === 'malformed').sort(byEnd);
  const sections: Section[] = [
    { title: 'Running', entries: live },
    { title: 'Waiting for their turn', entries: queued },
    { title: 'Ended', entries: ended },
  ];
  return sections.filter((section) => section.entries.length > 0);
}

/** Every word has to occur in the name, the directory, the state, the command or the evidence. */
function matches(run: RunView, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const { dir = '', command = [], evidence, queue } = run;
  const text = [runName(run), dir, stateLabel(run), ...command, evidence, queue?.name ?? ''].join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}

function byNeed(a: SeenRun, b: SeenRun): number {
  return needOf(a) - needOf(b) || b.run.startedAt - a.run.startedAt;
}

function needOf({ run }: SeenRun): number {
  return run.attention === undefined ? 1 : 0;
}

function byPlace(a: SeenRun, b: SeenRun): number {
  const [one, other] = [a.run.queue, b.run.queue];
  return (
    (one?.name ?? '').localeCompare(other?.name ?? '') || (one?.place ?? Infinity) - (other?.place ?? Infinity) || 0
  );
}

function byEnd(a: SeenRun, b: SeenRun): number {
  return (b.run.endedAt ?? b.run.startedAt) - (a.run.endedAt ?? a.run.startedAt);
}
