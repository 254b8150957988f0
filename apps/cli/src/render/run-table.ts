import { type Answer, formatDuration, type RunView } from '@pm/operations';
import { attentionOf, elapsedLabel, runName, stateLabel } from '@pm/operations/words';
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

/** One line per run: aligned and cut to the width of a terminal, or as short as possible for a pipe. */
export function runTable(runs: readonly RunView[], style: Style): string[] {
  if (runs.length === 0) return ['no runs'];
  const rows = runs.map((run) => ({
    run,
    name: runName(run),
    words: stateLabel(run),
    time: timeOf(run),
  }));
  if (!style.person) return rows.map((row) => paint(compactParts(row, restOf(row.run, style)), style));
  const widths = {
    name: Math.min(widest(rows.map(({ name }) => name)), Math.floor(style.columns / 3)),
    words: widest(rows.map(({ words }) => words)),
    time: widest(rows.map(({ time }) => time)),
  };
  return rows.map(({ run, name, words, time }) => {
    const parts = [
      stateGlyph(run),
      `${pad(truncate(name, widths.name), widths.name)}  `,
      colouredState(run, pad(words, widths.words)),
      `  ${pad(time, widths.time)}  `,
      ...restOf(run, style),
    ];
    return paint(parts, style, style.columns);
  });
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
