import { isRunning, runName } from '@pm/operations/words';
import { columns as inColumns } from '../../text/columns.ts';
import { oneLine } from '../../text/plain-text.ts';
import { dotted, paint, type Style } from '../../text/style.ts';
import { truncate, widthOf } from '../../text/width.ts';
import { layoutOf } from '../state/layout.ts';
import { needingDecision, selectedRow, type TableRow } from '../state/rows.ts';
import type { TopState } from '../state/state.ts';
import { clip, fold } from './clip.ts';
import { detailLines } from './details.ts';
import { KEYS } from './help-text.ts';
import { logRows, logTitle } from './log-view.ts';
import { promptLine } from './prompt-line.ts';
import { tableBody, tableHead } from './table.ts';

// Why: contributing/decisions/2026-11-29-a-terminal-view-of-our-own.md
/** The whole screen. Each line has at most as many columns as the screen, and there are exactly as many lines. */
export interface Frame {
  readonly lines: readonly string[];
  /** Where the cursor stands, from 0: readers of a screen speak what is there. */
  readonly cursor: { readonly row: number; readonly column: number };
}

/** The rows that belong to a value stand below it, not below its name. */
const INDENT = 12;

/** The screen that shows this state. */
export function frame(state: TopState, style: Style): Frame {
  const { columns, rows } = state.size;
  const layout = layoutOf(state);
  const row = selectedRow(state)?.row;
  const { head, body, cursorRow } = partsOf(state, style, layout.body, row);
  const pane = layout.pane === 0 ? [] : paneRows(state, style, layout.pane, row);
  const lines = [...filled(head, layout.head), ...filled(body, layout.body), ...filled(pane, layout.pane)];
  const foot = layout.foot === 0 ? [] : [footOf(state, style, row)];
  const all = filled([...lines, ...foot], rows).map((line) => clip(line, columns));
  const isTyped = state.prompt !== undefined && layout.foot > 0;
  const cursor = isTyped
    ? { row: rows - 1, column: Math.min(widthOf(promptLine(state, row)), columns - 1) }
    : { row: Math.min(layout.head + cursorRow, rows - 1), column: 0 };
  return { lines: all, cursor };
}

interface Parts {
  readonly head: readonly string[];
  readonly body: readonly string[];
  readonly cursorRow: number;
}

function partsOf(state: TopState, style: Style, height: number, row: TableRow | undefined): Parts {
  const { columns } = state.size;
  if (state.mode === 'help') {
    const lines = inColumns(KEYS, 14).flatMap((line) => fold(line, columns, 18));
    return {
      head: [titled('keys of pm top', style, columns)],
      body: scrolled(lines, state.scroll, height),
      cursorRow: 0,
    };
  }
  if (state.mode !== 'table' && row === undefined)
    return { head: [titled('pm top', style, columns)], body: ['  no run is selected'], cursorRow: 0 };
  if (state.mode === 'detail' && row !== undefined) {
    const lines = detailLines(state, row, style).flatMap((line) => fold(line, columns, INDENT));
    const head = [titled(`details of ${runName(row.view)}`, style, columns)];
    return { head, body: scrolled(lines, state.scroll, height), cursorRow: 0 };
  }
  if (state.mode === 'log' && row !== undefined)
    return {
      head: [titled(logTitle(state.log, row), style, columns)],
      body: logRows(state, row, style, height),
      cursorRow: 0,
    };
  const { lines, selected } = tableBody(state, style, height);
  return { head: [titleOf(state, style), tableHead(state, style)], body: lines, cursorRow: selected ?? 0 };
}

function scrolled(lines: readonly string[], from: number, height: number): readonly string[] {
  return lines.slice(Math.min(from, Math.max(0, lines.length - height)));
}

/** The details or the log of the selected run below the table. */
function paneRows(state: TopState, style: Style, height: number, row: TableRow | undefined): string[] {
  const title =
    row === undefined ? '' : state.pane === 'log' ? logTitle(state.log, row) : `details of ${runName(row.view)}`;
  const rule = paint([{ text: ruled(title, state.size.columns), tone: 'dim' }], style, state.size.columns);
  if (row === undefined) return [rule];
  if (state.pane === 'log') return [rule, ...logRows(state, row, style, height - 1)];
  return [rule, ...detailLines(state, row, style)].slice(0, height);
}

function ruled(title: string, columns: number): string {
  const words = title === '' ? '' : ` ${oneLine(title)} `;
  return `──${truncate(words, Math.max(0, columns - 4))}${'─'.repeat(Math.max(0, columns - 2 - widthOf(words)))}`;
}

/** `pm top · 3 running · 1 queued · 1 needs a decision · sorted by cpu` */
function titleOf(state: TopState, style: Style): string {
  const views = [...state.runs.values()].map(({ run }) => run);
  const count = (is: (view: TableRow['view']) => boolean): number => views.filter(is).length;
  const running = count(isRunning);
  const queued = count(({ state: now }) => now === 'queued');
  const needy = needingDecision(state);
  const left = dotted([
    'pm top',
    running === 0 ? undefined : { text: `${running} running`, tone: 'live' },
    queued === 0 ? undefined : { text: `${queued} queued`, tone: 'odd' },
    needy === 0 ? undefined : { text: `${needy} ${needy === 1 ? 'needs' : 'need'} a decision`, tone: 'odd' },
    state.total > views.length ? `${state.total - views.length} more are not shown` : undefined,
    state.sort === 'state' && !state.isReversed ? undefined : `by ${state.sort}${state.isReversed ? ', reversed' : ''}`,
    state.isLiveOnly ? 'only live runs' : undefined,
    state.filter === '' ? undefined : `filter ${state.filter}`,
  ]);
  const clock = style.clock(state.now);
  const { columns } = state.size;
  const room = columns - widthOf(clock) - 1;
  if (room < 20) return paint(left, style, columns);
  const text = left.map((part) => (typeof part === 'string' ? part : part.text)).join('');
  return (
    paint(left, style, room) +
    ' '.repeat(Math.max(1, columns - Math.min(widthOf(oneLine(text)), room) - widthOf(clock))) +
    clock
  );
}

function titled(text: string, style: Style, columns: number): string {
  return style.colour ? `\u001b[1m${paint([text], style, columns)}\u001b[22m` : paint([text], style, columns);
}

/** A question, what has just been done, or the keys that can be pressed. */
function footOf(state: TopState, style: Style, row: TableRow | undefined): string {
  const { columns } = state.size;
  if (state.prompt !== undefined) return clip(promptLine(state, row), columns);
  if (state.note !== undefined) return paint([state.note], style, columns);
  return paint([{ text: hintsOf(state), tone: 'dim' }], style, columns);
}

function hintsOf({ mode, log }: TopState): string {
  switch (mode) {
    case 'table':
      return '?:help q:quit enter:details l:log s:stop e:extend w:wait on /:filter o:sort';
    case 'log':
      return `?:help q:back f:${log?.top === undefined ? 'stop following' : 'follow'} /:search n N:next, previous g G:begin, end`;
    case 'detail':
      return '?:help q:back l:log s:stop e:extend w:wait on';
    case 'help':
      return 'q:back';
  }
}

function filled(lines: readonly string[], height: number): string[] {
  const shown = lines.slice(0, height);
  return [...shown, ...Array<string>(Math.max(0, height - shown.length)).fill('')];
}
