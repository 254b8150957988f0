import { runName } from '@pm/operations/words';
import { oneLine } from '../../text/plain-text.ts';
import { truncate, widthOf } from '../../text/width.ts';
import type { TableRow } from '../state/rows.ts';
import type { TopState } from '../state/state.ts';

/** So much of a name is shown, columns; a longer question is put in fewer words first. */
const LEAST_NAME = 8;
/** So much room is left for what is typed, columns. */
const LEAST_TYPED = 8;

type Wording = (name: string) => string;

const STOP: readonly Wording[] = [
  (name) => `stop ${name} with all its processes? y: stop it, any other key: no `,
  (name) => `stop ${name}? y: stop it, any other key: no `,
  (name) => `stop ${name}? y: yes, else no `,
  () => 'stop? y: yes ',
];

const EXTEND: readonly Wording[] = [
  (name) => `new limit of ${name} (6h, +30m, none; enter: set it, esc: no): `,
  (name) => `new limit of ${name} (6h, +30m, none): `,
  (name) => `limit of ${name}: `,
  () => 'limit: ',
];

/**
 * What is asked, with what is typed: in as many words as there is room for, so that the answer stays in sight. Empty if nothing is asked.
 * @param row the selected run
 * @returns one line that is narrower than the screen
 */
export function promptLine(state: TopState, row: TableRow | undefined): string {
  const { prompt } = state;
  const { columns } = state.size;
  if (prompt === undefined) return '';
  switch (prompt.kind) {
    case 'filter':
    case 'search':
      return withTyped(`${prompt.kind}: `, prompt.text, columns);
    case 'stop':
      return truncate(fitting(STOP, nameIn(state, prompt.key, row), columns - 1), columns - 1);
    case 'extend': {
      const room = columns - 1 - Math.max(LEAST_TYPED, widthOf(prompt.text));
      return withTyped(fitting(EXTEND, nameIn(state, prompt.key, row), room), prompt.text, columns);
    }
  }
}

/** The first wording that fits, with as much of the name as there is room for; the last one if none does. */
function fitting(wordings: readonly Wording[], name: string, columns: number): string {
  const least = Math.min(LEAST_NAME, widthOf(name));
  const wording = wordings.find((words) => columns - widthOf(words('')) >= least) ?? wordings.at(-1);
  return wording?.(truncate(name, columns - widthOf(wording('')))) ?? '';
}

/** Of a text that is too long, the end is shown: that is where it is typed on. */
function withTyped(label: string, typed: string, columns: number): string {
  const text = `${oneLine(typed)}${/\s$/.test(typed) ? ' ' : ''}`;
  const room = columns - 1 - widthOf(label);
  if (widthOf(text) <= room) return label + text;
  const characters = [...text];
  while (characters.length > 0 && widthOf(characters.join('')) >= room) characters.shift();
  return truncate(`${label}…${characters.join('')}`, columns - 1);
}

function nameIn({ runs }: TopState, key: string, row: TableRow | undefined): string {
  const view = runs.get(key)?.run ?? row?.view;
  return view === undefined ? 'the run' : oneLine(runName(view));
}
