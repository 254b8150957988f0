import type { Answer, RunView } from '@pm/operations';
import type { SeenRun } from '@pm/operations/overview-state';
import { formatDuration, isLive, runName, stateLabel } from '@pm/operations/words';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Told } from '../frame/told.tsx';
import { ask } from '../state/ask.ts';
import { ExtendForm } from './extend-form.tsx';
import { StopDialog } from './stop-dialog.tsx';

export interface ActionsProps {
  readonly entry: SeenRun;
  readonly now: number;
  readonly isReadOnly: boolean;
  /** Present if the run needs a decision. Called when the user has decided to wait on. */
  readonly waitOn?: (() => void) | undefined;
  /** Whether keys press the buttons: those of the open run do. */
  readonly hasKeys?: boolean;
}

/** What a person can decide about a run that has not ended. Each answer of the server is shown as a sentence; that to a stop stays. */
export function Actions({ entry, now, isReadOnly, waitOn, hasKeys = false }: ActionsProps) {
  const [open, setOpen] = useState<'extend' | 'stop' | undefined>();
  const [answered, setAnswered] = useState<(Sentence & { readonly to: keyof typeof DOING }) | undefined>();
  const [isBusy, setBusy] = useState(false);
  const extendButton = useRef<HTMLButtonElement>(null);
  const wasBusy = useRef(false);
  useEffect(() => {
    // What was pressed has gone. Whoever uses the keys goes on from here, not from the top of the page.
    if (wasBusy.current && !isBusy && document.activeElement === document.body) extendButton.current?.focus();
    wasBusy.current = isBusy;
  }, [isBusy]);
  const { run } = entry;
  const isQueued = run.state === 'queued';
  const canDecide = !isReadOnly && isLive(run);
  const told = isLive(run) || answered?.to === 'stop' ? answered : undefined;
  const call = async (operation: keyof typeof DOING, input: Readonly<Record<string, unknown>>): Promise<void> => {
    setOpen(undefined);
    setBusy(true);
    const tell = (sentence: Sentence): void => setAnswered({ ...sentence, to: operation });
    tell({ text: DOING[operation], isBad: false });
    try {
      const answer = await ask<Answer>(operation, { ...input, dir: run.dir });
      tell(sentenceOf(operation, run, answer));
      if (operation === 'wait') waitOn?.();
    } catch (error) {
      tell({ text: error instanceof Error ? error.message : String(error), isBad: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="actions">
      {canDecide && waitOn !== undefined && (
        <button
          type="button"
          disabled={isBusy}
          data-key={hasKeys ? 'w' : undefined}
          onClick={() => call('wait', { steps: [runName(run)], budget: '0ms' })}
        >
          Wait on
        </button>
      )}
      {canDecide && !isQueued && (
        <button
          type="button"
          ref={extendButton}
          disabled={isBusy}
          aria-expanded={open === 'extend'}
          data-key={hasKeys ? 'x' : undefined}
          onClick={() => setOpen(open === 'extend' ? undefined : 'extend')}
        >
          Extend …
        </button>
      )}
      {canDecide && (
        <button
          type="button"
          class="danger"
          disabled={isBusy}
          data-key={hasKeys ? 's' : undefined}
          onClick={() => setOpen('stop')}
        >
          {isQueued ? 'Take it out of the queue …' : 'Stop …'}
        </button>
      )}
      {canDecide && open === 'extend' && (
        <ExtendForm
          entry={entry}
          now={now}
          extend={(limit) => call('extend', { step: runName(run), limit, run: run.id })}
          close={() => {
            setOpen(undefined);
            extendButton.current?.focus();
          }}
        />
      )}
      {canDecide && open === 'stop' && (
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

interface Sentence {
  readonly text: string;
  readonly isBad: boolean;
}

const DOING = { extend: 'Changing its limit …', stop: 'Stopping …', wait: 'Asking …' };

function sentenceOf(operation: keyof typeof DOING, asked: RunView, { refusal, runs, notes = [] }: Answer): Sentence {
  if (refusal !== undefined) return { text: `${refusal.message}.`, isBad: true };
  const [run] = runs;
  const { limitMs } = run ?? {};
  if (operation === 'wait')
    return run === undefined || run.id !== asked.id || run.state === 'ended'
      ? { text: 'It has ended.', isBad: false }
      : { text: 'It goes on. You are asked again only if something changes.', isBad: false };
  const done =
    operation === 'stop'
      ? `It is ${run === undefined ? 'stopped' : stateLabel(run)}.`
      : `Its limit is ${limitMs === undefined || limitMs === null ? 'none' : formatDuration(limitMs)} now.`;
  return { text: [done, ...notes].join(' '), isBad: false };
}
