import type { Answer, Context, OverviewRun, RunView } from '@pm/operations';
import { runName, runSign } from '@pm/operations/words';
import { oneLine } from '../../text/plain-text.ts';
import type { Style, Tone } from '../../text/style.ts';
import { ask } from './ask.ts';

/** What was done, in one line, and the run as it is after that. */
export interface Done {
  readonly text: string;
  readonly tone: Tone;
  readonly view?: OverviewRun;
  /** The run whose condition the user knows of now. */
  readonly leftAlone?: OverviewRun;
}

/** Stops a run. The words are those of `pm stop`. */
export function stopRun(run: OverviewRun, context: Context, style: Style): Promise<Done> {
  return told('stop', { steps: [runName(run)] }, run, context, style);
}

/** Gives a run a new limit. The words are those of `pm extend`. */
export function extendRun(run: OverviewRun, limit: string, context: Context, style: Style): Promise<Done> {
  return told('extend', { step: runName(run), limit }, run, context, style);
}

/** A wait that is over at once. Its answer is shown here, so no later wait returns for the same reason. */
export async function acknowledge(run: OverviewRun, context: Context): Promise<Done> {
  const afterwards: (() => void)[] = [];
  const input = { steps: [runName(run)], budget: '0ms', ...placeOf(run) };
  const answer = await ask('wait', input, { ...context, answered: (work) => void afterwards.push(work) });
  const [view] = answer.runs;
  if (view === undefined || view.id !== run.id || view.state === 'ended')
    return { text: `${runName(run)} has ended`, tone: 'odd' };
  for (const work of afterwards) work();
  return {
    text: `${runName(run)} goes on. You are asked again only if something changes.`,
    tone: 'good',
    leftAlone: run,
  };
}

async function told(
  verb: 'stop' | 'extend',
  about: Readonly<Record<string, unknown>>,
  { id, dir }: OverviewRun,
  context: Context,
  style: Style,
): Promise<Done> {
  const input = { ...about, run: id, dir }; // the run itself, and not one that has started in the meantime
  const answer = await ask(verb, input, context);
  const { renderAnswer } = await import('../../render/answer.ts');
  const { out, err } = renderAnswer({ verb, input }, answer, { ...style, colour: false });
  const [line = ''] = (err || out).split('\n');
  const [view] = answer.runs;
  return {
    text: oneLine(line),
    tone: toneOf(answer),
    ...(view !== undefined && { view: { ...view, id, dir } }),
  };
}

function toneOf({ refusal, runs: [run] }: Answer): Tone {
  if (refusal !== undefined || run === undefined) return 'bad';
  return run.state === 'ended' ? runSign(run).tone : 'good';
}

/** The directory of a run, as the input of an operation. */
export function placeOf({ dir }: RunView): { dir?: string } {
  return dir === undefined ? {} : { dir };
}
