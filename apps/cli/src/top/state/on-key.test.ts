import type { OverviewRun } from '@pm/operations';
import { describe, expect, test } from 'vitest';
import { onEvent } from './on-event.ts';
import { onKey } from './on-key.ts';
import { needingDecision, rowsOf, selectedRow } from './rows.ts';
import { firstState, type TopState } from './state.ts';

const run = (step: string, more: Partial<OverviewRun> = {}): OverviewRun => ({
  id: step,
  dir: '/srv/.pm',
  step,
  state: 'running',
  evidence: 'alive',
  startedAt: 0,
  elapsedMs: 1_000,
  ...more,
});

const RUNS = [
  run('build', { state: 'ended', outcome: 'success', endedAt: 9 }),
  run('train', { startedAt: 2, elapsedMs: 60_000 }),
  run('silent', { state: 'quiet', attention: 'quiet', quietMs: 5 }),
  run('web', { startedAt: 3 }),
  run('later', { state: 'queued' }),
];
const SHOWN = onEvent(firstState({ columns: 80, rows: 24 }, 0), {
  type: 'all',
  at: 0,
  runs: RUNS,
  total: 5,
  queues: [],
  breakers: [],
});

let read = 0;
/** Types each key in a read of its own. A key that has one letter writes it. */
function typed(state: TopState, ...keys: string[]) {
  let answer: ReturnType<typeof onKey> = { state };
  for (const name of keys)
    answer = onKey(answer.state, { name, read: ++read, ...(name.length === 1 && { text: name }) });
  return answer;
}
const names = (state: TopState): string[] => rowsOf(state).map(({ key }) => key);
const selected = (state: TopState): string | undefined => selectedRow(state)?.row.key;

test('what needs a decision comes first, then live runs, waiting ones, ended ones', () => {
  expect(names(SHOWN)).toEqual(['silent', 'web', 'train', 'later', 'build']);
});

test('what waits stands in the order of its queue, also if a later start goes first', () => {
  const waiting = (step: string, place: number, startedAt: number): OverviewRun =>
    run(step, { state: 'queued', startedAt, queue: { name: 'gpu', place } });
  const runs = [waiting('second', 2, 5), waiting('first', 1, 1), waiting('third', 3, 3)];
  expect(names(onEvent(SHOWN, { type: 'all', at: 0, runs, total: 3, queues: [], breakers: [] }))).toEqual([
    'first',
    'second',
    'third',
  ]);
});

test.each([
  [['down'], 'web'],
  [['down', 'down', 'up'], 'web'],
  [['end'], 'build'],
  [['G', 'g'], 'silent'],
  [['pagedown'], 'build'],
  [['up'], 'silent'],
])('%j selects %s', (keys, key) => {
  expect(selected(typed(SHOWN, ...keys).state)).toBe(key);
});

test('the selection stays with its run when others come and go, and with its row when the run goes', () => {
  const chosen = typed(SHOWN, 'down').state;
  const more = onEvent(chosen, { type: 'change', at: 1, runs: [run('new', { state: 'quiet', attention: 'quiet' })] });
  expect(selected(more)).toBe('web');
  expect(selected(onEvent(chosen, { type: 'gone', at: 1, ids: ['web'] }))).toBe('train');
});

describe.each(['l', 'd'])('whoever reads a run (%s)', (key) => {
  const reading = typed(SHOWN, 'end', key).state;
  const again = run('build', { id: 'build2', startedAt: 20, state: 'quiet', attention: 'quiet' });
  const queued = run('build', { id: 'build3', startedAt: 30, state: 'queued' });

  test('is shown the next one of its step', () => {
    const begun = onEvent(reading, { type: 'change', at: 1, runs: [again, queued] });
    expect(selected(begun)).toBe('build');
    const { note, mode, ...after } = onEvent(begun, { type: 'gone', at: 1, ids: ['build'] });
    expect(selected({ ...after, note, mode })).toBe('build2');
    expect([mode, note?.text]).toEqual([reading.mode, 'build was started again: this is its newest run']);
  });

  test('is back in the table if there is none', () => {
    const pruned = onEvent(reading, { type: 'gone', at: 1, ids: ['build'] });
    expect(pruned).toMatchObject({ mode: 'table', note: { text: 'build is not listed any more' } });
  });

  test('stays with it if it is not the first one any more, or is hidden by its end', () => {
    const first = typed(SHOWN, 'a', key).state;
    const urgent = run('urgent', { state: 'quiet', attention: 'quiet', startedAt: 9 });
    const over = run('silent', { state: 'ended', outcome: 'failed', endedAt: 9 });
    const later = onEvent(first, { type: 'change', at: 1, runs: [urgent, over] });
    expect([selected(first), selected(later)]).toEqual(['silent', 'silent']);
    expect(typed(later, 'w').state.note?.text).toBe('no live run is selected');
  });
});

test('in the table, the next run of its step is selected in the place of one that goes', () => {
  const chosen = typed(SHOWN, 'down').state;
  const again = run('web', { id: 'web2', startedAt: 9, dir: '/srv/.pm' });
  const elsewhere = run('web', { id: 'web3', startedAt: 10, dir: '/other/.pm' });
  const begun = onEvent(chosen, { type: 'change', at: 1, runs: [again, elsewhere] });
  expect(onEvent(begun, { type: 'gone', at: 1, ids: ['web'] })).toMatchObject({ selected: 'web2', note: undefined });
});

test.each([
  ['by name', ['o'], ['build', 'later', 'silent', 'train', 'web']],
  ['by time', ['o', 'o'], ['train', 'silent', 'web', 'later', 'build']],
  ['reversed', ['o', 'r'], ['web', 'train', 'silent', 'later', 'build']],
  ['only live ones', ['a'], ['silent', 'web', 'train', 'later']],
  ['by a filter', ['/', 't', 'r', 'enter'], ['train']],
  ['by a state', ['/', 'q', 'u', 'e', 'enter'], ['later']],
  ['by a filter that was given up', ['/', 't', 'escape'], ['silent', 'web', 'train', 'later', 'build']],
])('rows %s', (_what, keys, expected) => {
  expect(names(typed(SHOWN, ...keys).state)).toEqual(expected);
});

describe('a stop', () => {
  test('needs a y', () => {
    const asked = typed(SHOWN, 's');
    expect([asked.effect, asked.state.prompt]).toMatchObject([undefined, { kind: 'stop', key: 'silent' }]);
    expect(typed(asked.state, 'y').effect).toEqual({ type: 'stop', key: 'silent' });
    for (const other of ['n', 'enter', 'escape', 's', 'Y'])
      expect(typed(asked.state, other)).toMatchObject({ state: { prompt: undefined } });
  });

  test('is not answered by a key that came in the same read, as in a paste', () => {
    const asked = onKey(SHOWN, { name: 's', text: 's', read: -1 }).state;
    const pasted = onKey(asked, { name: 'y', text: 'y', read: -1 });
    expect([pasted.effect, pasted.state.prompt?.kind]).toEqual([undefined, 'stop']);
  });

  test('is of the run that was asked about, also if another is selected by then', () => {
    const asked = typed(SHOWN, 's').state;
    const changed = onEvent(asked, { type: 'gone', at: 1, ids: ['web'] });
    expect(typed(changed, 'y').effect).toEqual({ type: 'stop', key: 'silent' });
  });

  test('of a run that has ended is not asked for', () => {
    expect(typed(SHOWN, 'end', 's').state).toMatchObject({
      prompt: undefined,
      note: { text: 'no live run is selected' },
    });
  });
});

describe('an extension', () => {
  test('takes what is typed', () => {
    expect(typed(SHOWN, 'e', '6', 'm', 'backspace', 'h', 'enter').effect).toEqual({
      type: 'extend',
      key: 'silent',
      limit: '6h',
    });
  });

  test('begins with the limit that the operation proposes', () => {
    const next = [{ operation: 'extend', input: { step: 'silent', limit: '+30m' }, why: 'give it more time' }];
    const known = onEvent(SHOWN, { type: 'facts', facts: { key: 'silent', view: run('silent'), next, history: [] } });
    expect(typed(known, 'e', 'enter').effect).toMatchObject({ limit: '+30m' });
    expect(typed(SHOWN, 'e', 'enter').effect).toBeUndefined();
  });
});

test('waiting on is for a run that needs a decision', () => {
  expect(typed(SHOWN, 'w').effect).toEqual({ type: 'acknowledge', key: 'silent' });
  expect(typed(SHOWN, 'down', 'w')).toMatchObject({ state: { note: { text: 'web needs no decision' } } });
});

test('a run that is left alone needs a decision again when its condition has changed', () => {
  const silent = run('silent', { state: 'quiet', attention: 'quiet' });
  const left = onEvent(SHOWN, { type: 'left alone', run: silent });
  const near = onEvent(left, { type: 'change', at: 1, runs: [run('silent', { attention: 'deadline' })] });
  const active = onEvent(left, { type: 'change', at: 1, runs: [run('silent')] });
  const again = onEvent(active, { type: 'change', at: 2, runs: [silent] });
  expect([SHOWN, left, near, active, again].map(needingDecision)).toEqual([1, 0, 1, 0, 1]);
});

test.each([
  [['q'], { type: 'quit', isInterrupt: false }],
  [['l', 'ctrl-c'], { type: 'quit', isInterrupt: true }],
  [['/', 'q'], undefined],
  [['l', 'q'], undefined],
  [['s', 'ctrl-z'], { type: 'suspend' }],
])('%j asks for %j', (keys, effect) => {
  expect(typed(SHOWN, ...keys).effect).toEqual(effect);
});

describe('time', () => {
  test('passes for live runs and not for ended ones', () => {
    const later = onEvent(SHOWN, { type: 'tick', at: 5_000 });
    const elapsed = new Map(rowsOf(later).map(({ key, view }) => [key, view.elapsedMs]));
    expect([elapsed.get('web'), elapsed.get('build')]).toEqual([6_000, 1_000]);
  });

  test('between two samples is what the CPU use is counted by', () => {
    const used = [1_000, 1_400].reduce<TopState>(
      (state, cpuMs, n) => onEvent(state, { type: 'usage', at: n * 1_000, usage: { web: [cpuMs, 2_048, 1] } }),
      SHOWN,
    );
    expect(rowsOf(used).find(({ key }) => key === 'web')).toMatchObject({ cpuPercent: 40, memoryBytes: 2_048 });
  });
});
