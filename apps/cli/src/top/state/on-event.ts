import type { OverviewEvent, OverviewRun } from '@pm/operations';
import { applyOverview, samplesAfter } from '@pm/operations/overview-state';
import { runName } from '@pm/operations/words';
import type { Tone } from '../../text/style.ts';
import { beginningOf, type LogPiece, withEarlierText, withText } from './log-lines.ts';
import { isReading } from './rows.ts';
import type { LogPane, RunFacts, ScreenSize, TopState } from './state.ts';

/** What happens while the screen is shown: changes of runs, and what was asked for. Instants are UTC epoch ms. */
export type TopEvent =
  | OverviewEvent
  | { readonly type: 'tick'; readonly at: number }
  | { readonly type: 'resize'; readonly size: ScreenSize }
  | { readonly type: 'facts'; readonly facts: RunFacts }
  /** A log that is shown anew, and where its text begins. */
  | { readonly type: 'log'; readonly log: LogPane }
  /** More of a log. */
  | ({ readonly type: 'log text'; readonly key: string } & LogPiece)
  /** What comes before the loaded part: `to` is the byte that was asked for, where the loaded part began then. */
  | ({ readonly type: 'log earlier'; readonly key: string } & LogPiece)
  | { readonly type: 'log about'; readonly key: string; readonly about: string | undefined }
  /** The user knows of the condition of this run. */
  | { readonly type: 'left alone'; readonly run: OverviewRun }
  | { readonly type: 'note'; readonly text: string; readonly tone: Tone };

/** How many samples are kept of each run: as many as the widest sparkline shows. */
const SAMPLES = 61;

/** The state after an event. */
export function onEvent(state: TopState, event: TopEvent): TopState {
  switch (event.type) {
    case 'tick':
      return { ...state, now: event.at };
    case 'resize':
      return { ...state, size: event.size };
    case 'facts':
      return { ...state, facts: event.facts };
    case 'log':
      return { ...state, log: event.log };
    case 'log text':
      return withMoreOfLog(state, event);
    case 'log earlier':
      return withEarlierOfLog(state, event);
    case 'log about':
      return state.log?.key === event.key ? { ...state, log: { ...state.log, about: event.about } } : state;
    case 'left alone':
      return { ...state, leftAlone: new Map(state.leftAlone).set(event.run.id, event.run.attention) };
    case 'note':
      return { ...state, note: { text: event.text, tone: event.tone } };
    default:
      return withNews(state, event);
  }
}

function withNews(before: TopState, event: OverviewEvent): TopState {
  const state = { ...before, ...applyOverview(before, event) };
  const leftAlone = new Map([...before.leftAlone].filter(([id, known]) => state.runs.get(id)?.run.attention === known));
  const samples = samplesAfter(state.samples, event, state.runs, SAMPLES);
  const after = {
    ...state,
    leftAlone,
    samples,
    now: Math.max(state.now, event.at),
    isLoaded: state.isLoaded || event.type === 'all',
  };
  const gone = before.selected === undefined ? undefined : before.runs.get(before.selected)?.run;
  return gone === undefined || after.runs.has(gone.id) ? after : withoutSelected(after, gone);
}

/** The selected run is not listed any more. The newest run of its step takes its place: keys must not act on one that nobody has chosen. */
function withoutSelected(state: TopState, gone: OverviewRun): TopState {
  const name = runName(gone);
  const ofStep = [...state.runs.values()].flatMap(({ run }) =>
    run.dir === gone.dir && run.step === gone.step ? [run] : [],
  );
  const [newest] = ofStep.sort((a, b) => rankOf(a) - rankOf(b) || b.startedAt - a.startedAt);
  if (newest === undefined && !isReading(state)) return state;
  if (newest === undefined) return noted({ ...state, mode: 'table', scroll: 0 }, `${name} is not listed any more`);
  const after = { ...state, selected: newest.id };
  return isReading(state) ? noted({ ...after, scroll: 0 }, `${name} was started again: this is its newest run`) : after;
}

/** What waits for its turn has not taken the place of any run. */
function rankOf({ state }: OverviewRun): number {
  return state === 'queued' ? 1 : 0;
}

function noted(state: TopState, text: string): TopState {
  return { ...state, note: { text, tone: 'odd' } };
}

type LogEvent<Type extends TopEvent['type']> = Extract<TopEvent, { type: Type }>;

/** A reader who has scrolled up keeps what is on the screen, also when lines are dropped at the beginning. */
function withMoreOfLog(state: TopState, event: LogEvent<'log text'>): TopState {
  const { log } = state;
  if (log === undefined || log.key !== event.key) return state;
  const lines = withText(log.lines, event);
  const dropped = lines.dropped - log.lines.dropped;
  const top = log.top === undefined ? undefined : Math.max(0, log.top - dropped);
  return { ...state, log: { ...log, lines, top } };
}

/** What was on the screen stays there, so that one can go on reading upwards. Text that no longer ends where the loaded part begins is left out. */
function withEarlierOfLog(state: TopState, event: LogEvent<'log earlier'>): TopState {
  const { log } = state;
  if (log === undefined || log.key !== event.key || event.from >= event.to) return state;
  const { from, attempt } = beginningOf(log.lines);
  if (event.to !== from || event.attempt !== attempt) return state;
  const lines = withEarlierText(log.lines, event);
  const added = lines.reads[0]?.lines ?? 0;
  return { ...state, log: { ...log, lines, top: log.top === undefined ? undefined : log.top + added } };
}
