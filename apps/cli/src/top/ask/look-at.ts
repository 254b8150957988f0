import type { Context, RunView } from '@pm/operations';
import { runName } from '@pm/operations/words';
import { beginningOf, type LogPiece, NO_LINES } from '../state/log-lines.ts';
import type { TopEvent } from '../state/on-event.ts';
import { selectedRow, type TableRow } from '../state/rows.ts';
import type { LogPane, RunFacts, TopState } from '../state/state.ts';
import { placeOf } from './act.ts';
import { ask } from './ask.ts';
import { earlierText, followLog } from './read-log.ts';

/** So many runs of a step show how long it takes and how it ends. */
const HISTORY = 30;

/** Whoever holds an arrow key down looks at no run for this long. Milliseconds. */
const REST_MS = 120;

/** How old the details of a live run may be. Milliseconds. */
const FACTS_MS = 3_000;

/** Asks for what the screen shows of the selected run alone: its details, its history and its log. */
export interface SelectedRun {
  /** Called after each change of the state. */
  readonly follow: (state: TopState) => void;
  readonly earlier: (state: TopState) => void;
  readonly end: () => void;
}

/** @param happened is called with what was found, for the state */
export function lookAtSelected(context: Context, happened: (event: TopEvent) => void): SelectedRun {
  let latest: TopState | undefined;
  let [wished, factsOf, logOf] = ['', '', ''];
  let timer: NodeJS.Timeout | undefined;
  let reading = new AbortController();
  let isLoading = false;

  const readLog = async (key: string, run: RunView): Promise<void> => {
    const own = new AbortController();
    reading = own;
    const search = latest?.log?.key === key ? latest.log.search : '';
    happened({ type: 'log', log: { ...emptyLog(key), search } });
    const seen = (piece: LogPiece): void => {
      if (!own.signal.aborted) happened({ type: 'log text', key, ...piece });
    };
    const say = (about: string): void => {
      if (!own.signal.aborted) happened({ type: 'log about', key, about });
    };
    await followLog(run, own.signal, seen, say).catch((error) => say(messageOf(error)));
  };
  const look = (): void => {
    if (latest === undefined) return;
    const row = selectedRow(latest)?.row;
    const { facts, log } = wishOf(latest, row);
    if (row !== undefined && facts !== '' && facts !== factsOf) {
      factsOf = facts;
      void factsAbout(row.key, row.view, context).then(
        (found) => factsOf === facts && happened({ type: 'facts', facts: found }),
        () => {}, // it was pruned just now: the table says so next
      );
    }
    if (log === logOf && !isNewestWanted(latest)) return;
    reading.abort();
    logOf = log;
    if (row !== undefined && log !== '') void readLog(row.key, row.view);
  };
  return {
    follow: (state) => {
      latest = state;
      const { facts, log } = wishOf(state, selectedRow(state)?.row);
      const wish = `${facts}\n${log}\n${isNewestWanted(state)}`;
      if (wish === wished) return;
      wished = wish;
      clearTimeout(timer);
      timer = setTimeout(look, REST_MS);
    },
    earlier: (state) => {
      const { log } = state;
      const run = log === undefined ? undefined : state.runs.get(log.key)?.run;
      if (log === undefined || run === undefined || isLoading) return;
      isLoading = true;
      const at = beginningOf(log.lines);
      void earlierText(run, at)
        .then(
          (piece) => happened({ type: 'log earlier', key: log.key, ...piece, to: at.from, attempt: at.attempt }),
          (error) => happened({ type: 'note', text: messageOf(error), tone: 'bad' }),
        )
        .finally(() => {
          isLoading = false;
        });
    },
    end: () => {
      clearTimeout(timer);
      reading.abort();
    },
  };
}

/** What is to be asked for, each as a text that changes when it has to be asked for again; empty: nothing. */
function wishOf({ mode, pane, now }: TopState, row: TableRow | undefined): { facts: string; log: string } {
  if (row === undefined) return { facts: '', log: '' };
  const { key, view } = row;
  const shows = (what: 'detail' | 'log'): boolean => mode === what || (mode === 'table' && pane === what);
  const { state, attention, attempt, limitMs } = view;
  const period = state === 'ended' ? 0 : Math.floor(now / FACTS_MS); // its last lines change
  return {
    facts: shows('detail') ? [key, state, attention, attempt, limitMs, period].join(' ') : '',
    log: shows('log') ? `${key} ${state === 'queued' ? 'queued' : ''}` : '',
  };
}

/** Whether the end of the log is to be shown, but was dropped: then the log is read anew. */
function isNewestWanted({ log, mode }: TopState): boolean {
  return log?.lines.isEndDropped === true && (log.top === undefined || mode === 'table');
}

/** What `status` and `ls` say. Nothing counts as reported by it: somebody who waits for the run is still told. */
async function factsAbout(key: string, run: RunView, context: Context): Promise<RunFacts> {
  const place = placeOf(run);
  const [status, history] = await Promise.all([
    ask('status', { step: runName(run), ...place }, context),
    ask('ls', { step: run.step, limit: HISTORY, ...place }, context),
  ]);
  return { key, view: status.runs[0] ?? run, next: status.next, history: history.runs };
}

function emptyLog(key: string): LogPane {
  return { key, lines: NO_LINES, about: undefined, top: undefined, left: 0, search: '' };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
