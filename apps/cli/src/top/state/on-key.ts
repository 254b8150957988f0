import { isLive, runName } from '@pm/operations/words';
import type { Key, KeyAnswer } from './key.ts';
import { pageRows } from './layout.ts';
import { onLogKey } from './on-log-key.ts';
import { onPromptKey } from './on-prompt-key.ts';
import { rowsOf, selectedRow } from './rows.ts';
import { SORTS, type TopState } from './state.ts';

/** The state after a key, and what else it asks for. */
export function onKey(before: TopState, key: Key): KeyAnswer {
  const state = before.note === undefined ? before : { ...before, note: undefined };
  if (key.name === 'ctrl-c') return { state, effect: { type: 'quit', isInterrupt: true } };
  if (key.name === 'ctrl-z') return { state, effect: { type: 'suspend' } };
  if (key.name === 'ctrl-l') return { state, effect: { type: 'redraw' } };
  if (state.prompt !== undefined) return onPromptKey(state, state.prompt, key);
  const shared = SHARED[key.name]?.(state, key);
  if (shared !== undefined) return shared;
  switch (state.mode) {
    case 'log':
      return onLogKey(state, key.name);
    case 'table':
      return { state: onTableKey(state, key.name) };
    default:
      return { state: onPageKey(state, key.name) };
  }
}

type Action = (state: TopState, key: Key) => KeyAnswer | undefined;

/** Keys that mean the same wherever they are pressed. */
const SHARED: Readonly<Record<string, Action>> = {
  q: (state) =>
    state.mode === 'table' ? { state, effect: { type: 'quit', isInterrupt: false } } : { state: toTable(state) },
  escape: (state) => {
    if (state.mode !== 'table') return { state: toTable(state) };
    return { state: { ...state, filter: '' } };
  },
  '?': (state) => ({ state: { ...state, mode: state.mode === 'help' ? 'table' : 'help', scroll: 0 } }),
  s: (state, { read }) => {
    const run = actedOn(state);
    if (run === undefined) return { state: noted(state, 'no live run is selected') };
    return { state: { ...state, prompt: { kind: 'stop', key: run.key, read } } };
  },
  e: (state) => {
    const run = actedOn(state);
    if (run === undefined) return { state: noted(state, 'no live run is selected') };
    return { state: { ...state, prompt: { kind: 'extend', key: run.key, text: proposedLimit(state, run.key) } } };
  },
  w: (state) => {
    const run = actedOn(state);
    if (run?.view.attention === undefined)
      return {
        state: noted(state, run === undefined ? 'no live run is selected' : `${runName(run.view)} needs no decision`),
      };
    return { state, effect: { type: 'acknowledge', key: run.key } };
  },
};

/** The selected run, if it is live or waits for its turn. */
function actedOn(state: TopState): ReturnType<typeof rowsOf>[number] | undefined {
  const row = selectedRow(state)?.row;
  return row !== undefined && isLive(row.view) ? row : undefined;
}

/** The limit that the operation itself proposes, if it proposes one. */
function proposedLimit({ facts }: TopState, key: string): string {
  const next = facts?.key === key ? facts.next.find(({ operation }) => operation === 'extend') : undefined;
  return typeof next?.input['limit'] === 'string' ? next.input['limit'] : '';
}

function noted(state: TopState, text: string): TopState {
  return { ...state, note: { text, tone: 'odd' } };
}

function toTable(state: TopState): TopState {
  return { ...state, mode: 'table', scroll: 0 };
}

function onTableKey(state: TopState, name: string): TopState {
  const page = pageRows(state);
  switch (name) {
    case 'up':
    case 'k':
      return moved(state, -1);
    case 'down':
    case 'j':
      return moved(state, 1);
    case 'pageup':
      return moved(state, -page);
    case 'pagedown':
    case 'space':
      return moved(state, page);
    case 'home':
    case 'g':
      return moved(state, Number.NEGATIVE_INFINITY);
    case 'end':
    case 'G':
      return moved(state, Number.POSITIVE_INFINITY);
    case 'enter':
    case 'd':
      return { ...moved(state, 0), mode: 'detail', scroll: 0 };
    case 'l':
      return { ...moved(state, 0), mode: 'log' };
    case 'tab':
      return { ...state, pane: state.pane === 'detail' ? 'log' : 'detail' };
    case '/':
      return { ...state, prompt: { kind: 'filter', text: state.filter, before: state.filter } };
    case 'o':
      return { ...state, sort: SORTS[(SORTS.indexOf(state.sort) + 1) % SORTS.length] ?? 'state' };
    case 'r':
      return { ...state, isReversed: !state.isReversed };
    case 'a':
      return { ...state, isLiveOnly: !state.isLiveOnly };
    default:
      return state;
  }
}

/** The details and the help. */
function onPageKey(state: TopState, name: string): TopState {
  const page = pageRows(state);
  switch (name) {
    case 'up':
    case 'k':
      return { ...state, scroll: Math.max(0, state.scroll - 1) };
    case 'down':
    case 'j':
      return { ...state, scroll: state.scroll + 1 };
    case 'pageup':
      return { ...state, scroll: Math.max(0, state.scroll - page) };
    case 'pagedown':
    case 'space':
      return { ...state, scroll: state.scroll + page };
    case 'home':
    case 'g':
      return { ...state, scroll: 0 };
    case 'l':
    case 'tab':
      return state.mode === 'detail' ? { ...state, mode: 'log' } : state;
    case 'enter':
    case 'd':
      return toTable(state);
    default:
      return state;
  }
}

function moved(state: TopState, by: number): TopState {
  const rows = rowsOf(state);
  const from = selectedRow(state, rows)?.index ?? 0;
  const to = Math.min(Math.max(from + by, 0), Math.max(rows.length - 1, 0));
  return { ...state, selected: rows[to]?.key, selectedRow: to };
}
