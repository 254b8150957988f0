import type { RunView } from '@pm/operations';
import { runNow, type SeenRun, type UsageSample } from '@pm/operations/overview-state';
import { attentionOf, elapsedLabel, isRunning, runName, stateLabel } from '@pm/operations/words';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Place } from '../frame/places.tsx';
import { Sign } from '../frame/sign.tsx';
import { Told } from '../frame/told.tsx';
import { LogView } from '../log/log-view.tsx';
import { visibleText } from '../log/visible.ts';
import { read } from '../state/ask.ts';
import { evidenceOf } from '../state/sections.ts';
import { Actions } from './actions.tsx';
import { durationSentence, type EarlierRun } from './duration-sentence.ts';
import { Facts } from './facts.tsx';
import { HistoryPlot } from './history-plot.tsx';

export interface RunPanelProps {
  readonly entry: SeenRun;
  readonly samples: readonly UsageSample[] | undefined;
  readonly now: number;
  readonly isReadOnly: boolean;
  readonly waitOn: (() => void) | undefined;
  readonly close: () => void;
}

/** Everything about one run: its state with the facts behind it, what can be done, the history of its step, its log. */
export function RunPanel({ entry, samples, now, isReadOnly, waitOn, close }: RunPanelProps) {
  const run = runNow(entry, now);
  const heading = useRef<HTMLHeadingElement>(null);
  const history = useHistory(entry);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [run.id]);
  const isOn = isRunning(run);
  const elapsedMs = run.state === 'queued' ? undefined : run.elapsedMs;
  const sentence = history === undefined ? '' : durationSentence(elapsedMs, isOn, history);
  return (
    <article class="panel" aria-label={`Run ${runName(run)}`}>
      <header>
        <h2 ref={heading} tabIndex={-1}>
          <Sign run={run} /> <Told text={runName(run)} />
        </h2>
        <button type="button" class="close" onClick={close} aria-label="Close the details">
          ✕
        </button>
        <p class="where">
          <Place dir={run.dir} />
          {run.command !== undefined && (
            <code title={visibleText(commandOf(run.command))}>
              <Told text={commandOf(run.command)} />
            </code>
          )}
        </p>
        <p class="verdict">
          <strong class={`tone-${toneOf(run)}`}>
            {stateLabel(run)}
            {attentionOf(run) !== undefined && ` · ${attentionOf(run)}`}
            {!isOn && run.outcome !== undefined && ` ${elapsedLabel(run)}`}
          </strong>{' '}
          <Told text={evidenceOf(run)} />
        </p>
        <Actions key={run.id} entry={entry} now={now} isReadOnly={isReadOnly} waitOn={waitOn} hasKeys />
      </header>
      <div class="overview">
        <Facts entry={entry} samples={samples} now={now} />
        <figure class="past">
          <HistoryPlot
            earlier={history ?? []}
            own={elapsedMs === undefined ? undefined : { elapsedMs, outcome: run.outcome }}
            sentence={sentence}
          />
          <figcaption>{sentence}</figcaption>
        </figure>
      </div>
      {run.state === 'queued' ? (
        <section class="output" aria-label="Log">
          <p class="dim empty">It waits for its turn: no output yet.</p>
        </section>
      ) : (
        <LogView key={run.id} run={run} />
      )}
    </article>
  );
}

/** A command on one line. */
function commandOf(command: readonly string[]): string {
  return command.join(' ').replace(/\s+/g, ' ').trim();
}

function toneOf(run: RunView): string {
  if (run.outcome === undefined) return run.attention === undefined ? 'live' : 'odd';
  return run.outcome === 'success' ? 'good' : run.outcome === 'cancelled' ? 'odd' : 'bad';
}

/** The other runs of the step that have ended, oldest first; undefined until they are known. They are read again when the run ends. */
function useHistory({ run }: SeenRun): readonly EarlierRun[] | undefined {
  const [known, setKnown] = useState<{ readonly id: string; readonly earlier: readonly EarlierRun[] } | undefined>();
  useEffect(() => {
    const leaving = new AbortController();
    read<{ runs: readonly EarlierRun[] }>('history', { dir: run.dir, step: run.step }, leaving.signal).then(
      ({ runs }) => {
        const earlier = runs.filter((past) => past.id !== run.id && past.outcome !== undefined).reverse();
        setKnown({ id: run.id, earlier });
      },
      () => {}, // without a history nothing is said of it
    );
    return () => leaving.abort();
  }, [run.dir, run.step, run.id, run.outcome]);
  return known?.id === run.id ? known.earlier : undefined;
}
