import type { KeyAnswer } from './key.ts';
import { pageRows } from './layout.ts';
import { allLines, beginningOf, linesWith } from './log-lines.ts';
import type { LogPane, TopState } from './state.ts';

/** How many columns an arrow moves a log that is wider than the screen. */
const SIDEWAYS = 20;

/** The state after a key that was pressed in a log. At its top `earlier` is asked for. */
export function onLogKey(state: TopState, name: string): KeyAnswer {
  const { log } = state;
  if (name === 'enter' || name === 'l') return { state: { ...state, mode: 'table', scroll: 0 } };
  if (name === 'd' || name === 'tab') return { state: { ...state, mode: 'detail', scroll: 0 } };
  if (log === undefined) return { state };
  if (name === '/') return { state: { ...state, prompt: { kind: 'search', text: log.search, before: log.search } } };
  const next = pane(log, name, pageRows(state));
  const isAtTop =
    (name === 'up' || name === 'k' || name === 'pageup' || name === 'home' || name === 'g') && next.top === 0;
  const after = next === log ? state : { ...state, log: next };
  if (isAtTop && beginningOf(log.lines).from > 0) return { state: after, effect: { type: 'earlier', key: log.key } };
  if ((name === 'n' || name === 'N') && next === log && log.search !== '')
    return { state: { ...after, note: { text: `no other line with ${log.search} in what is loaded`, tone: 'odd' } } };
  if (log.lines.isEndDropped && next.top === log.top && DOWN.has(name))
    return {
      state: {
        ...after,
        note: { text: 'the lines after this one are not loaded any more: G shows the newest', tone: 'odd' },
      },
    };
  return { state: after };
}

const DOWN = new Set(['down', 'j', 'pagedown', 'space']);

function pane(log: LogPane, name: string, page: number): LogPane {
  const last = Math.max(0, allLines(log.lines).length - page);
  const top = Math.min(log.top ?? last, last);
  const to = (line: number): LogPane => ({ ...log, top: Math.min(Math.max(line, 0), last) });
  switch (name) {
    case 'up':
    case 'k':
      return to(top - 1);
    case 'down':
    case 'j':
      return to(top + 1);
    case 'pageup':
      return to(top - page);
    case 'pagedown':
    case 'space':
      return to(top + page);
    case 'home':
    case 'g':
      return to(0);
    case 'end':
    case 'G':
      return { ...log, top: undefined };
    case 'f':
      return { ...log, top: log.top === undefined ? last : undefined };
    case 'left':
      return { ...log, left: Math.max(0, log.left - SIDEWAYS) };
    case 'right':
      return { ...log, left: log.left + SIDEWAYS };
    case 'n':
      return found(log, log.top ?? last, 1);
    case 'N':
      return found(log, log.top ?? last, -1);
    default:
      return log;
  }
}

/** The next line with the text behind or before the one at the top of the screen. If there is none, nothing moves. */
function found(log: LogPane, top: number, direction: 1 | -1): LogPane {
  const hits = linesWith(allLines(log.lines), log.search);
  const hit = direction === 1 ? hits.find((line) => line > top) : hits.findLast((line) => line < top);
  return hit === undefined ? log : { ...log, top: hit };
}
