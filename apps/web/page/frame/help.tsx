import { useEffect, useRef } from 'preact/hooks';
import { SHORTCUTS } from './keys.ts';

export interface HelpProps {
  readonly areKeysOn: boolean;
  readonly setKeys: (isOn: boolean) => void;
  readonly close: () => void;
}

/** The keys of the page. Who speaks to the computer can turn them off. */
export function Help({ areKeysOn, setKeys, close }: HelpProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={close}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {SHORTCUTS.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input type="checkbox" checked={areKeysOn} onChange={({ currentTarget }) => setKeys(currentTarget.checked)} />
        Use single letters as keys
      </label>
      <form method="dialog" class="buttons">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
