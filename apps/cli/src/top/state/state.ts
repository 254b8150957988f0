import type { Next, RunView } from '@pm/operations';
import { NOTHING_SEEN, type OverviewState, type UsageSamples } from '@pm/operations/overview-state';
import type { Tone } from '../../text/style.ts';
import type { LogLines } from './log-lines.ts';

/** The size of the screen, in columns and rows. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** What is asked for about the selected run alone. */
export interface RunFacts {
  readonly key: string;
  readonly view: RunView;
  readonly next: readonly Next[];
  /** The runs of its step, newest first. */
  readonly history: readonly RunView[];
}

/** The log of the selected run, as far as it is loaded. */
export interface LogPane {
  readonly key: string;
  readonly lines: LogLines;
  /** What was left out, or why there is nothing to show. */
  readonly about: string | undefined;
  /** The number of the first line on the screen; undefined: the newest lines are followed. */
  readonly top: number | undefined;
  /** How many columns of the lines are left of the screen. */
  readonly left: number;
  readonly search: string;
}

/** What the table may be sorted by, in the order in which a key goes through them. */
export const SORTS = ['state', 'name', 'time', 'cpu', 'memory'] as const;
export type SortColumn = (typeof SORTS)[number];

/** A question in the last row. `read` is the number of the read that has opened it: keys that came with it do not answer it. */
export type Prompt =
  | { readonly kind: 'filter' | 'search'; readonly text: string; readonly before: string }
  | { readonly kind: 'stop'; readonly key: string; readonly read: number }
  | { readonly kind: 'extend'; readonly key: string; readonly text: string };

/** Everything that is on the screen. It changes by `onKey` and `onEvent` alone. */
export interface TopState extends OverviewState {
  readonly size: ScreenSize;
  /** UTC epoch ms. */
  readonly now: number;
  /** Whether the runs are known. */
  readonly isLoaded: boolean;
  readonly samples: UsageSamples;
  readonly mode: 'table' | 'detail' | 'log' | 'help';
  /** What is below the table. */
  readonly pane: 'detail' | 'log';
  /** The key of the selected run, and the row in which it was. Undefined: the first row, whichever run is there. */
  readonly selected: string | undefined;
  readonly selectedRow: number;
  readonly filter: string;
  readonly sort: SortColumn;
  readonly isReversed: boolean;
  readonly isLiveOnly: boolean;
  /** Runs that the user leaves alone, by id, each with the condition that the user knows of. It ends with that condition. */
  readonly leftAlone: ReadonlyMap<string, RunView['attention']>;
  readonly prompt: Prompt | undefined;
  readonly facts: RunFacts | undefined;
  readonly log: LogPane | undefined;
  /** The first row on the screen of the details or of the help. */
  readonly scroll: number;
  readonly note: { readonly text: string; readonly tone: Tone } | undefined;
}

/** What is on the screen before anything is known. */
export function firstState(size: ScreenSize, now: number): TopState {
  return {
    size,
    now,
    isLoaded: false,
    ...NOTHING_SEEN,
    samples: new Map(),
    mode: 'table',
    pane: 'detail',
    selected: undefined,
    selectedRow: 0,
    filter: '',
    sort: 'state',
    isReversed: false,
    isLiveOnly: false,
    leftAlone: new Map(),
    prompt: undefined,
    facts: undefined,
    log: undefined,
    scroll: 0,
    note: undefined,
  };
}
