import type { RunView } from '@pm/operations';
import { runName } from '@pm/operations/words';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Told } from '../frame/told.tsx';

export interface StopDialogProps {
  readonly run: RunView;
  readonly stop: (how: { readonly force?: boolean; readonly reason?: string }) => void;
  readonly close: () => void;
}

/** Asks before a run is stopped: that cannot be taken back. */
export function StopDialog({ run, stop, close }: StopDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const calm = useRef<HTMLButtonElement>(null);
  const [isForced, setForced] = useState(false);
  const [reason, setReason] = useState('');
  useEffect(() => {
    dialog.current?.showModal();
    calm.current?.focus();
  }, []);
  const isQueued = run.state === 'queued';
  return (
    <dialog
      ref={dialog}
      class="confirm"
      aria-labelledby="stop-title"
      onClose={close}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <h2 id="stop-title">
        {isQueued ? 'Take ' : 'Stop '}
        <Told text={runName(run)} />
        {isQueued ? ' out of its queue?' : '?'}
      </h2>
      <p>
        {isQueued
          ? 'It has not begun, and will not begin.'
          : 'All its processes are ended. It cannot go on from where it is.'}
      </p>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          dialog.current?.close(); // gives the focus back
          stop({ ...(isForced && { force: true }), ...(reason.trim() !== '' && { reason: reason.trim() }) });
        }}
      >
        <label class="field">
          Reason, if you want to note one
          <input maxLength={200} value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} />
        </label>
        {!isQueued && (
          <label class="check">
            <input
              type="checkbox"
              checked={isForced}
              onChange={({ currentTarget }) => setForced(currentTarget.checked)}
            />
            End it at once, without time to tidy up
          </label>
        )}
        <div class="buttons">
          <button type="button" ref={calm} onClick={() => dialog.current?.close()}>
            {isQueued ? 'Leave it there' : 'Let it run'}
          </button>
          <button type="submit" class="danger">
            {isQueued ? 'Take it out' : 'Stop it'}
          </button>
        </div>
      </form>
    </dialog>
  );
}
