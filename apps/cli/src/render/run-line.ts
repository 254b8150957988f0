import { formatDuration, type RunView, roughDuration, type Transition } from '@pm/operations';
import { attentionOf, elapsedLabel, runName, stateLabel } from '@pm/operations/words';
import { dotted, type Part, paint, type Style } from '../text/style.ts';
import {
  attemptOf,
  cutOf,
  evidenceOf,
  limitOf,
  lineOf,
  progressOf,
  readyEvidenceOf,
  readyOf,
  resultOf,
  survivorsOf,
  suspectsOf,
  untilOf,
} from './run-fields.ts';
import { colouredState, stateGlyph } from './run-label.ts';

/** A run that has just begun: `train started · pid 4242 · limit 30m, until 14:32`. */
export function startedParts(run: RunView, style: Style): Part[] {
  return dotted([headOf(run, 'started', style), pidOf(run), portOf(run), limitOf(run, style)]);
}

/** A process that was taken under watch: `web adopted · pid 4242 · no limit`. */
export function adoptedParts(run: RunView, words: 'adopted' | 'adopted already', style: Style): Part[] {
  return dotted([headOf(run, words, style), pidOf(run), limitOf(run, style)]);
}

/** A run that waits for its turn: `npm-test queued · 2nd in heavy behind build (api)`. */
export function queuedParts(run: RunView, style: Style): Part[] {
  return dotted([headOf(run, 'queued', style), evidenceOf(run)]);
}

/** A start found the same command in line: `npm-test already queued for 3m (same command) · 1st in heavy`. */
export function alreadyQueuedParts(run: RunView, style: Style): Part[] {
  const words = `already queued for ${roughDuration(run.elapsedMs)}`;
  return dotted([[...headOf(run, words, style), ' (same command)'], evidenceOf(run)]);
}

/** A start found the same command running: `train already running for 3m (same command) · pid 4242`. */
export function alreadyRunningParts(run: RunView, style: Style): Part[] {
  const words = `already running for ${roughDuration(run.elapsedMs)}`;
  return dotted([
    [...headOf(run, words, style), ' (same command)'],
    pidOf(run),
    portOf(run),
    attemptOf(run),
    progressOf(run),
    untilOf(run, style),
  ]);
}

/** A run that was waited for until it is ready: `web ready after 1.2s · 127.0.0.1:3000 accepts connections · pid 4242`. */
export function readyParts(run: RunView, isNew: boolean, style: Style): Part[] {
  const after = `ready${run.readyMs === undefined ? '' : ` after ${formatDuration(run.readyMs)}`}`;
  const words = isNew ? after : `already running for ${roughDuration(run.elapsedMs)}, ready`;
  return dotted([headOf(run, words, style), readyEvidenceOf(run), pidOf(run), portOf(run), untilOf(run, style)]);
}

/** A run that was not ready in time: `web not ready after 1m: 127.0.0.1:3000: connection refused · it goes on`. */
export function unreadyParts(run: RunView, style: Style): Part[] {
  const words = `not ready after ${formatDuration(run.elapsedMs)}`;
  return dotted([headOf(run, words, style), readyEvidenceOf(run), 'it goes on', pidOf(run), untilOf(run, style)]);
}

/** A run with a new limit: `train extended · limit 6h, until 18:32`. */
export function extendedParts(run: RunView, style: Style): Part[] {
  return dotted([headOf(run, 'extended', style), attentionOf(run), limitOf(run, style)]);
}

/** A run that is still running: `train still running 45s · 37/120 · until 14:32`. If it needs a decision, the line says why. */
export function liveParts(run: RunView, style: Style): Part[] {
  const isCalm = run.attention === undefined && run.state === 'running';
  const words = isCalm ? 'still running' : stateLabel(run);
  return dotted([
    [...headOf(run, words, style), ` ${elapsedLabel(run)}`],
    readyOf(run),
    attemptOf(run),
    progressOf(run),
    lineOf(run),
    attentionOf(run),
    isCalm ? undefined : evidenceOf(run),
    untilOf(run, style),
  ]);
}

/** A run that has ended: `train success in 12m03s · result {"acc":0.93}`. */
export function endedParts(run: RunView, style: Style): Part[] {
  return dotted([
    [...headOf(run, stateLabel(run), style), ` ${elapsedLabel(run)}`],
    run.outcome === 'success' && run.service !== true ? undefined : evidenceOf(run),
    run.ready === false ? `it was ${readyOf(run)}` : undefined,
    attemptOf(run),
    lineOf(run),
    run.unseen === true && run.endedAt !== undefined ? `ended ${style.clock(run.endedAt)}` : undefined,
    resultOf(run),
    run.outcome === 'success' ? cutOf(run) : undefined,
    survivorsOf(run),
    suspectsOf(run),
  ]);
}

/** `port 23456`, of a run that was given one. */
function portOf({ port }: RunView): string | undefined {
  return port === undefined ? undefined : `port ${port}`;
}

function headOf(run: RunView, words: string, style: Style): Part[] {
  return [...(style.person ? [stateGlyph(run)] : []), `${runName(run)} `, colouredState(run, words)];
}

function pidOf({ pid }: RunView): string | undefined {
  return pid === undefined ? undefined : `pid ${pid}`;
}

/** The line that a terminal shows during a wait. It is shorter than the terminal is wide, because a wrapped line could not be erased. */
export function liveLine(run: RunView, lastLine: string, style: Style): string {
  const head = [stateGlyph(run), `${run.step} `, colouredState(run), ` ${elapsedLabel(run)}`];
  const parts = dotted([head, attemptOf(run), progressOf(run), untilOf(run, style), { text: lastLine, tone: 'dim' }]);
  return paint(parts, style, style.columns - 1);
}

/** One transition, with the same text as `start`, `wait` and `extend` print. */
export function transitionLine(change: Transition['change'], run: RunView, style: Style): string {
  return `${paint(partsOf(change, run, style), style)}\n`;
}

function partsOf(change: Transition['change'], run: RunView, style: Style): Part[] {
  switch (change) {
    case 'started':
      return run.state === 'queued' ? queuedParts(run, style) : startedParts(run, style);
    case 'extended':
      return extendedParts(run, style);
    case 'ended':
      return endedParts(run, style);
    case 'live':
    case 'state':
    case 'attention':
    case 'vanished':
      return liveParts(run, style);
  }
}
