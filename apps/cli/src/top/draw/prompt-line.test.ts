import type { OverviewRun } from '@pm/operations';
import { expect, test } from 'vitest';
import { widthOf } from '../../text/width.ts';
import { onEvent } from '../state/on-event.ts';
import { firstState, type Prompt, type TopState } from '../state/state.ts';
import { promptLine } from './prompt-line.ts';

const LONG = 'a'.repeat(64);
const runs: OverviewRun[] = ['train', LONG].map((step) => ({
  id: step,
  dir: '/srv/.pm',
  step,
  state: 'running',
  evidence: 'alive',
  startedAt: 0,
  elapsedMs: 1_000,
}));
const stop = (key: string): Prompt => ({ kind: 'stop', key, read: 0 });
function asked(columns: number, prompt: Prompt): TopState {
  const all = { type: 'all', at: 0, runs, total: 2, queues: [], breakers: [] } as const;
  return { ...onEvent(firstState({ columns, rows: 24 }, 0), all), prompt };
}

test.each<[columns: number, prompt: Prompt, shown: string]>([
  [80, stop('train'), 'stop train with all its processes? y: stop it, any other key: no '],
  [80, stop(LONG), 'stop aaaaaaaaaaaaaaaaaa… with all its processes? y: stop it, any other key: no '],
  [40, stop('train'), 'stop train? y: yes, else no '],
  [40, stop(LONG), 'stop aaaaaaaaaaaaaaa…? y: yes, else no '],
  [20, stop(LONG), 'stop? y: yes '],
  [
    80,
    { kind: 'extend', key: 'train', text: '+3h' },
    'new limit of train (6h, +30m, none; enter: set it, esc: no): +3h',
  ],
  [
    80,
    { kind: 'extend', key: LONG, text: '3h' },
    'new limit of aaaaaaaaaaaaaa… (6h, +30m, none; enter: set it, esc: no): 3h',
  ],
  [40, { kind: 'extend', key: LONG, text: 'banana' }, 'limit of aaaaaaaaaaaaaaaaaaa…: banana'],
  [20, { kind: 'extend', key: LONG, text: '+30m' }, 'limit: +30m'],
  [20, { kind: 'filter', text: 'a filter that is too long', before: '' }, 'filter: …s too long'],
])('at %d columns the answer to %o is in sight', (columns, prompt, shown) => {
  const line = promptLine(asked(columns, prompt), undefined);
  expect(line).toBe(shown);
  expect(widthOf(line)).toBeLessThan(columns);
});
