import { useEffect } from 'preact/hooks';

/** A key, and what it does. */
export interface Shortcut {
  readonly keys: readonly string[];
  readonly does: string;
}

/** All keys, in the order of the help. Those of a button are in its `data-key`. */
export const SHORTCUTS: readonly Shortcut[] = [
  { keys: ['j', '↓'], does: 'Next run' },
  { keys: ['k', '↑'], does: 'Run before' },
  { keys: ['Esc'], does: 'Close the details, or leave a field' },
  { keys: ['/'], does: 'Filter the runs' },
  { keys: ['r'], does: 'Show the runs' },
  { keys: ['t'], does: 'Show the timeline' },
  { keys: ['w'], does: 'Wait on, if the open run needs a decision' },
  { keys: ['x'], does: 'Extend the open run' },
  { keys: ['s'], does: 'Stop the open run, after a question' },
  { keys: ['l'], does: 'Go to the log, to scroll it with the keys' },
  { keys: ['c'], does: 'Search the log' },
  { keys: ['n', 'N'], does: 'Next match, match before' },
  { keys: ['f'], does: 'Follow the log, or stop following' },
  { keys: ['e'], does: 'Go to the first line that names an error' },
  { keys: ['o'], does: 'Change between the output and the errors of a run with --split' },
  { keys: ['g', 'G'], does: 'Start and end of the log' },
  { keys: ['d'], does: 'Colours: as the system, light, dark' },
  { keys: ['?'], does: 'Show these keys' },
];

/** Calls `pressed` for keys that are not typed into a field. A key of a button presses it. */
export function useKeys(isOn: boolean, pressed: (key: string) => boolean): void {
  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const { target } = event;
      const isTyping =
        target instanceof HTMLElement &&
        target.closest('input:not([type=radio]):not([type=checkbox]), dialog[open]') !== null;
      if (isTyping) {
        if (event.key === 'Escape' && target instanceof HTMLInputElement) target.blur();
        return;
      }
      const isLetter = event.key.length === 1;
      if (isLetter && !isOn && event.key !== '?') return;
      // The arrows scroll the log while it has the focus.
      if (event.key.startsWith('Arrow') && target instanceof HTMLElement && target.closest('.log, input') !== null)
        return;
      if (pressed(event.key) || press(event.key)) event.preventDefault();
    };
    addEventListener('keydown', down);
    return () => removeEventListener('keydown', down);
  });
}

/** Presses the button of a key, in the open details first. */
function press(key: string): boolean {
  const places = ['.panel ', ''].map((place) => `${place}[data-key="${CSS.escape(key)}"]`);
  for (const place of places) {
    const element = document.querySelector<HTMLElement>(place);
    if (element === null) continue;
    if (element instanceof HTMLInputElement) element.focus();
    else element.click();
    return true;
  }
  return false;
}
