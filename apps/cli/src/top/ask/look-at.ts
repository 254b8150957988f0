import type { Context, RunView } from '@pm/operations';
import { runName } from '@pm/operations/words';
import { NO_LINES } from '../state/log-lines.ts';
import type { TopEvent } from '../state/on-event.ts';
import { selectedRow } from '../state/rows.ts';
import type { LogPane, RunFacts, TopState } from '../state/state.ts';
import { placeOf } from './act.ts';
import { ask } from './ask.ts';
import { earlierText, followLog } from './read-log.ts';

/** So many runs of a step show how long it takes and how it ends. */
const HISTORY = 30;

/** Whoever holds an arrow key down looks at no run for this long. Milliseconds. */
const REST_MS = 120;

/** Asks for what the screen shows of the selected run alone: its details, its history and its log. */
export interface SelectedRun {
  /** Called after each change of the state. */
  readonly follow: (state: TopState) => void;
  readonly earlier: (state: TopState) => void;
  readonly end: () => void;
}

export function lookAtSelected(context: Context, happened: (event: TopEvent) => void): SelectedRun {
  let [factsOf, logOf] = ['', ''];
  let timer: NodeJS.Timeout | undefined;
  let reading = new AbortController();
  let isLoading = false;

  const readLog = async (key: string, run: RunView): Promise<void> => {
    const own = new AbortController();
    reading = own;
    happened({ type: 'log', log: emptyLog(key) });
    const seen = (piece: { text: string; from?: number }): void => {
      if (!own.signal.aborted) happened({ type: 'log text', key, ...piece });
    };
    const about = await followLog(run, { ...context, signal: own.signal }, seen).catch(messageOf);
    if (!own.signal.aborted) happened({ type: 'log about', key, about });
  };
  const look = (state: TopState): void => {
    const row = selectedRow(state)?.row;
    if (row === undefined) return;
    const { key, view } = row;
    const facts = versionOf(key, view);
    const isAsked = state.mode === 'detail' || (state.mode === 'table' && state.pane === 'detail');
    if (isAsked && facts !== factsOf) {
      factsOf = facts;
      void factsAbout(key, view, context).then(
        (found) => factsOf === facts && happened({ type: 'facts', facts: found }),
        () => {}, // it was pruned just now: the table says so next
      );
    }
    const isRead = state.mode === 'log' || (state.mode === 'table' && state.pane === 'log');
    const wanted = isRead ? key : '';
    if (wanted === logOf) return;
    reading.abort();
    logOf = wanted;
    if (isRead) void readLog(key, view);
  };
  return {
    follow: (state) => {
      const row = selectedRow(state)?.row;
      const isShown = row !== undefined && versionOf(row.key, row.view) === factsOf && logOf === '';
      if (isShown && state.mode !== 'log' && state.pane === 'detail') return;
      clearTimeout(timer);
      timer = setTimeout(look, REST_MS, state);
    },
    earlier: (state) => {
      const { log } = state;
      const run = log === undefined ? undefined : state.runs.get(log.key)?.view;
      if (log === undefined || run === undefined || isLoading) return;
      isLoading = true;
      void earlierText(run, log.from, context)
        .then(
          (piece) => happened({ type: 'log earlier', key: log.key, ...piece }),
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

/** What is asked for anew when it changes. Not for time that passes. */
function versionOf(key: string, { state, attention, attempt, limitMs }: RunView): string {
  return [key, state, attention, attempt, limitMs].join(' ');
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
  return { key, lines: NO_LINES, from: 0, about: undefined, top: undefined, left: 0, search: '' };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
