import { type Answer, formatDuration, type RunView } from '@pm/operations';
import {
  attentionOf,
  cpuLabel,
  elapsedLabel,
  memoryLabel,
  remainingLabel,
  runName,
  stateLabel,
  usualLabel,
} from '@pm/operations/words';
import { dotted, type Part, paint, type Style } from '../text/style.ts';
import { pad, truncate, widthOf } from '../text/width.ts';
import { nextCall } from './next-call.ts';
import {
  attemptOf,
  evidenceOf,
  progressOf,
  readyOf,
  resultOf,
  survivorsOf,
  suspectsOf,
  untilOf,
} from './run-fields.ts';
import { colouredState, stateGlyph } from './run-label.ts';

/** One line per run: under a header, aligned and cut to the width of a terminal, or as short as possible for a pipe. */
export function runTable(runs: readonly RunView[], style: Style): string[] {
  if (runs.length === 0) return ['no runs'];
  const rows = runs.map((run) => ({
    run,
    name: runName(run),
    words: stateLabel(run),
    time: timeOf(run),
  }));
  if (!style.person) return rows.map((row) => paint(compactParts(row, restOf(row.run, style)), style));
  return gridLines(
    rows,
    rows.map(({ run }) => restOf(run, style)),
    style,
  );
}

/** The line about a run that does not fit into its columns needs so much room, or a column is left out. */
const LEAST_REST = 12;
/** The columns of live runs. On a narrow terminal the last ones are left out first. */
const LIVE_COLUMNS = [
  { title: 'ETA', textOf: remainingLabel, isRight: false },
  { title: 'CPU', textOf: cpuLabel, isRight: true },
  { title: 'MEMORY', textOf: memoryLabel, isRight: true },
] as const;

interface Column {
  readonly title: string;
  readonly cells: readonly string[];
  readonly width: number;
  readonly isRight: boolean;
}

function gridLines(rows: readonly Row[], rests: readonly (readonly Part[])[], style: Style): string[] {
  const live = LIVE_COLUMNS.map(({ title, textOf, isRight }) =>
    columnOf(
      title,
      rows.map(({ run }) => textOf(run) ?? ''),
      { isRight },
    ),
  ).filter(({ cells }) => cells.some((cell) => cell !== ''));
  const most = Math.floor(style.columns / (live.length === 0 ? 3 : 4));
  const texts = (key: 'name' | 'words' | 'time') => rows.map((row) => row[key]);
  const step = columnOf('STEP', texts('name'), { most });
  const state = columnOf('STATE', texts('words'), { most });
  const time = columnOf('TIME', texts('time'));
  const isFull = (columns: readonly Column[]): boolean =>
    GLYPH + columns.reduce((sum, { width }) => sum + width + GAP, 0) + LEAST_REST > style.columns;
  while (live.length > 0 && isFull([step, state, time, ...live])) live.pop();
  const shown = inReadingOrder(live);
  const lines = rows.map(({ run }, i): Part[] => {
    const cell = (column: Column): string => filled(column, column.cells[i] ?? '');
    return [
      stateGlyph(run),
      cell(step),
      '  ',
      colouredState(run, cell(state)),
      ...[time, ...shown].map((column) => `  ${cell(column)}`),
      '  ',
      ...(rests[i] ?? []),
    ];
  });
  // Each title is a part of its own: inside of a part, spaces become one.
  const header = [step, state, time, ...shown].flatMap((column, i): Part[] => [
    ' '.repeat(i === 0 ? GLYPH : GAP),
    { text: filled(column, column.title), tone: 'dim' },
  ]);
  return [header, ...lines].map((line) => paint(line, style, style.columns));
}

/** `● ` */
const GLYPH = 2;
const GAP = 2;

/** CPU and memory stand together, the estimate after them. */
function inReadingOrder([estimate, ...others]: readonly Column[]): Column[] {
  if (estimate === undefined) return [];
  return estimate.title === 'ETA' ? [...others, estimate] : [estimate, ...others];
}

function columnOf(title: string, cells: readonly string[], { isRight = false, most = 80 } = {}): Column {
  return { title, cells, width: Math.min(widest([title, ...cells]), Math.max(most, title.length)), isRight };
}

function filled({ width, isRight }: Column, text: string): string {
  const cut = truncate(text, width);
  return isRight ? ' '.repeat(width - widthOf(cut)) + cut : pad(cut, width);
}

interface Row {
  readonly run: RunView;
  readonly name: string;
  readonly words: string;
  readonly time: string;
}

function compactParts({ run, name, words, time }: Row, rest: readonly Part[]): Part[] {
  const head = [`${name} `, colouredState(run, words), time === '' ? '' : ` ${elapsedLabel(run)}`];
  if (rest.length === 0) return head;
  return [...head, time !== '' && progressOf(run) !== undefined && run.dir === undefined ? ' ' : ' · ', ...rest];
}

function timeOf(run: RunView): string {
  return run.state === 'malformed' ? '' : formatDuration(run.elapsedMs);
}

function restOf(run: RunView, style: Style): Part[] {
  const isCalm = run.state === 'running' && run.attention === undefined;
  return dotted([
    run.unseen === true ? { text: 'unseen', tone: 'odd' } : undefined,
    run.dir === undefined ? undefined : `in ${run.dir}`,
    run.outcome === undefined ? readyOf(run) : undefined,
    progressOf(run),
    attemptOf(run),
    attentionOf(run),
    run.endedAt === undefined ? undefined : `ended ${style.clock(run.endedAt)}`,
    style.person ? usualLabel(run) : undefined,
    isCalm || run.outcome === 'success' ? undefined : dimmed(evidenceOf(run)),
    run.endedAt === undefined ? untilOf(run, style) : undefined,
    resultOf(run),
    survivorsOf(run),
    suspectsOf(run),
  ]);
}

function dimmed(text: string | undefined): Part | undefined {
  return text === undefined || text === '' ? undefined : { text, tone: 'dim' };
}

/** `shown 20 of 1200 · pm ls --limit 100`: a list that was cut says so. */
export function cutLine({ runs, total = runs.length, next }: Answer, style: Style): string[] {
  if (total <= runs.length) return [];
  const longer = next.find(({ operation }) => operation === 'ls');
  const call = longer === undefined ? '' : ` · ${nextCall(longer, style.invocation)}`;
  return [`shown ${runs.length} of ${total}${call}`];
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map(widthOf));
}
