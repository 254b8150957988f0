import {
  attentionOf,
  formatDuration,
  formatSize,
  roughDuration,
  runName,
  runSign,
  stateLabel,
} from '@pm/operations/words';
import { progressOf } from '../../render/run-fields.ts';
import { colouredState, stateGlyph } from '../../render/run-label.ts';
import { type Part, paint, type Style } from '../../text/style.ts';
import { pad, truncate, widthOf } from '../../text/width.ts';
import { rowsOf, selectedRow, type TableRow } from '../state/rows.ts';
import type { TopState } from '../state/state.ts';
import { bar } from './bar.ts';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly isRight?: true;
  readonly cell: (row: TableRow) => Part;
}

/** The titles of the columns. */
export function tableHead(state: TopState, style: Style): string {
  const { columns, gap } = columnsOf(state);
  const titles = columns.map((column): Part => ({ text: aligned(column, column.title), tone: 'dim' }));
  return paint(
    ['  ', ...titles.flatMap((title, i) => (i === 0 ? [title] : [' '.repeat(gap), title]))],
    style,
    state.size.columns,
  );
}

/** So many rows of the table, and which of them is the selected one. */
export function tableBody(
  state: TopState,
  style: Style,
  height: number,
): { readonly lines: string[]; readonly selected: number | undefined } {
  const rows = rowsOf(state);
  const chosen = selectedRow(state, rows);
  if (chosen === undefined) return { lines: [emptyLine(state, style)], selected: undefined };
  const first = Math.min(Math.max(chosen.index - Math.floor(height / 2), 0), Math.max(rows.length - height, 0));
  const { columns, gap } = columnsOf(state);
  const lines = rows.slice(first, first + height).map((row, n) => {
    const isSelected = first + n === chosen.index;
    const cells = columns.map((column) => {
      const cell = column.cell(row);
      return typeof cell === 'string' ? aligned(column, cell) : { ...cell, text: aligned(column, cell.text) };
    });
    const parts: Part[] = [
      isSelected ? '> ' : '  ',
      ...cells.flatMap((cell, i) => (i === 0 ? [cell] : [' '.repeat(gap), cell])),
    ];
    return isSelected ? inverse(parts, style, state.size.columns) : paint(parts, style, state.size.columns);
  });
  return { lines, selected: chosen.index - first };
}

/** The whole row in one style, so that the selection is seen at once. Without colours its mark alone shows it. */
function inverse(parts: readonly Part[], style: Style, columns: number): string {
  const plainRow = paint(parts, { ...style, colour: false }, columns);
  return style.colour ? `\u001b[7m${pad(plainRow, columns)}\u001b[27m` : plainRow;
}

function emptyLine(state: TopState, style: Style): string {
  const words = !state.isLoaded
    ? 'reading …'
    : state.runs.size === 0
      ? 'no runs'
      : `no run matches${state.filter === '' ? '' : ` ${state.filter}`}`;
  return paint([{ text: `  ${words}`, tone: 'dim' }], style, state.size.columns);
}

function aligned({ width, isRight }: Column, text: string): string {
  const cut = truncate(text, width);
  return isRight === true ? ' '.repeat(Math.max(0, width - widthOf(cut))) + cut : pad(cut, width);
}

/** On a narrow screen the sign alone stands for the state. */
const SIGN: Column = { title: '', width: 1, cell: ({ view }) => colouredState(view, runSign(view).glyph) };
const STATE: Column = {
  title: 'STATE',
  width: 15,
  cell: ({ view }) => {
    const glyph = stateGlyph(view);
    return colouredState(view, `${typeof glyph === 'string' ? glyph : glyph.text}${stateLabel(view)}`);
  },
};
const NAME: Column = { title: 'NAME', width: 12, cell: ({ view }) => runName(view) };
const TIME: Column = { title: 'TIME/LIMIT', width: 13, cell: ({ view }) => timeOf(view) };
const PROGRESS: Column = {
  title: 'PROGRESS',
  width: 12,
  cell: ({ view }) => {
    const attention = attentionOf(view);
    if (attention !== undefined) return { text: attention, tone: 'odd' };
    return view.state === 'queued' ? placeOf(view) : (progressOf(view) ?? '');
  },
};
const ETA: Column = { title: 'ETA', width: 5, isRight: true, cell: ({ view }) => remainingOf(view) };
const CPU: Column = {
  title: 'CPU',
  width: 5,
  isRight: true,
  cell: ({ cpuPercent }) => (cpuPercent === undefined ? '' : `${Math.round(cpuPercent)}%`),
};
const MEMORY: Column = {
  title: 'MEMORY',
  width: 9,
  isRight: true,
  cell: ({ memoryBytes }) => (memoryBytes === undefined ? '' : formatSize(memoryBytes)),
};
const DIRECTORY: Column = {
  title: 'DIRECTORY',
  width: 10,
  cell: ({ view: { dir = '' } }) => dir.replace(/\/\.pm$/, ''),
};

const ORDER: readonly Column[] = [SIGN, STATE, NAME, TIME, PROGRESS, ETA, CPU, MEMORY, DIRECTORY];
/** Which columns are there in any case, and which join as the screen gets wider. */
const JOINING: readonly Column[] = [STATE, NAME, TIME, CPU, MEMORY, ETA, PROGRESS, DIRECTORY];

/** Which columns get what is left, as far as their texts need it. The directory gets the rest. */
const GROWING: readonly Column[] = [NAME, STATE, PROGRESS];
const WIDEST = 40;

/** The columns that fit, and how wide each is. */
function columnsOf({ size, runs }: TopState): { readonly columns: readonly Column[]; readonly gap: number } {
  const gap = size.columns >= 100 ? 2 : 1;
  const room = size.columns - 2;
  const chosen: Column[] = [];
  let used = -gap;
  const isNarrow = room < STATE.width + gap + NAME.width;
  for (const column of isNarrow ? [SIGN, ...JOINING.slice(1)] : JOINING) {
    const isMust = column === SIGN || column === STATE || column === NAME;
    if (!isMust && used + gap + column.width > room) break;
    chosen.push(column);
    used += gap + column.width;
  }
  let left = Math.max(0, room - used);
  const rows = [...runs.values()].map(({ run: view }) => ({
    key: '',
    view,
    cpuPercent: undefined,
    memoryBytes: undefined,
  }));
  const widths = new Map<Column, number>();
  for (const column of GROWING.filter((one) => chosen.includes(one))) {
    const needed = Math.max(0, ...rows.map((row) => widthOf(textOf(column.cell(row)))));
    const by = Math.min(left, Math.max(0, Math.min(needed, WIDEST) - column.width));
    widths.set(column, column.width + by);
    left -= by;
  }
  const grown = ORDER.filter((column) => chosen.includes(column)).map((column) => ({
    ...column,
    width: widths.get(column) ?? column.width,
  }));
  return {
    columns: grown.map((column) =>
      column.title === DIRECTORY.title ? { ...column, width: column.width + left } : column,
    ),
    gap,
  };
}

function textOf(part: Part): string {
  return typeof part === 'string' ? part : part.text;
}

/** `12m03s/30m` */
function timeOf({ state, elapsedMs, limitMs, endedAt }: TableRow['view']): string {
  if (state === 'malformed') return '';
  const limit = endedAt === undefined && typeof limitMs === 'number' ? `/${roughDuration(limitMs)}` : '';
  return `${formatDuration(elapsedMs)}${limit}`;
}

/** `~4m`; `soon` if it has taken as long as usual. */
function remainingOf({ state, remainingMs }: TableRow['view']): string {
  if (state === 'ended' || remainingMs === undefined) return '';
  return remainingMs === 0 ? 'soon' : `~${roughDuration(remainingMs)}`;
}

function placeOf({ queue }: TableRow['view']): string {
  if (queue === undefined) return '';
  return queue.place === undefined ? queue.name : `${queue.place} in ${queue.name}`;
}

/** How much of the limit is used, as a bar. */
export function limitBar({ elapsedMs, limitMs }: TableRow['view'], width: number): string | undefined {
  return typeof limitMs === 'number' && limitMs > 0 ? bar(elapsedMs / limitMs, width) : undefined;
}
