import type { Answer } from '@pm/operations';
import { formatDuration, runName, stateLabel } from '@pm/operations/words';
import { useState } from 'preact/hooks';
import { Told } from '../frame/told.tsx';
import { ask } from '../state/ask.ts';
import type { Entry } from '../state/world.ts';
import { ExtendForm } from './extend-form.tsx';
import { StopDialog } from './stop-dialog.tsx';

export interface ActionsProps {
  readonly entry: Entry;
  readonly now: number;
  readonly isReadOnly: boolean;
  /** Present if the run needs a decision that can be put off. */
  readonly waitOn?: (() => void) | undefined;
}

/** What a person can decide about a run that has not ended. Each answer of the server is shown as a sentence. */
export function Actions({ entry, now, isReadOnly, waitOn }: ActionsProps) {
  const [open, setOpen] = useState<'extend' | 'stop' | undefined>();
  const [told, setTold] = useState<{ readonly text: string; readonly isBad: boolean } | undefined>();
  const [isBusy, setBusy] = useState(false);
  const { run } = entry;
  const isQueued = run.state === 'queued';
  const call = async (operation: 'extend' | 'stop', input: Readonly<Record<string, unknown>>): Promise<void> => {
    setOpen(undefined);
    setBusy(true);
    setTold({ text: operation === 'stop' ? 'Stopping …' : 'Changing its limit …', isBad: false });
    try {
      setTold(sentenceOf(operation, await ask<Answer>(operation, { ...input, dir: run.dir })));
    } catch (error) {
      setTold({ text: error instanceof Error ? error.message : String(error), isBad: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="actions">
      {waitOn !== undefined && (
        <button type="button" onClick={waitOn}>
          Wait on
        </button>
      )}
      {!isReadOnly && !isQueued && (
        <button
          type="button"
          disabled={isBusy}
          aria-expanded={open === 'extend'}
          data-key="x"
          onClick={() => setOpen(open === 'extend' ? undefined : 'extend')}
        >
          Extend …
        </button>
      )}
      {!isReadOnly && (
        <button type="button" class="danger" disabled={isBusy} data-key="s" onClick={() => setOpen('stop')}>
          {isQueued ? 'Take it out of the queue …' : 'Stop …'}
        </button>
      )}
      {open === 'extend' && (
        <ExtendForm
          entry={entry}
          now={now}
          extend={(limit) => call('extend', { step: runName(run), limit, run: run.id })}
          close={() => setOpen(undefined)}
        />
      )}
      {open === 'stop' && (
        <StopDialog
          run={run}
          stop={(how) => call('stop', { steps: [runName(run)], run: run.id, ...how })}
          close={() => setOpen(undefined)}
        />
      )}
      <p class={`told${told?.isBad === true ? ' bad' : ''}`} role="status">
        {told !== undefined && <Told text={told.text} />}
      </p>
    </div>
  );
}

function sentenceOf(
  operation: 'extend' | 'stop',
  { refusal, runs, notes = [] }: Answer,
): { text: string; isBad: boolean } {
  if (refusal !== undefined) return { text: `${refusal.message}.`, isBad: true };
  const [run] = runs;
  const { limitMs } = run ?? {};
  const done =
    operation === 'stop'
      ? `It is ${run === undefined ? 'stopped' : stateLabel(run)}.`
      : `Its limit is ${limitMs === undefined || limitMs === null ? 'none' : formatDuration(limitMs)} now.`;
  return { text: [done, ...notes].join(' '), isBad: false };
}
