import { expect, test } from 'vitest';
import type { RunView } from '../shape/answer.ts';
import { changesBetween, firstChange, type LiveRun } from './changes.ts';

const running: RunView = { step: 'train', state: 'running', evidence: '', startedAt: 0, elapsedMs: 0, limitMs: 60_000 };
const quiet = { attention: 'quiet', evidence: 'no output' } as const;
const deadline = { attention: 'deadline', evidence: '80 %' } as const;
const calm: LiveRun = { view: running, troubles: [] };

test.each<[string, before: Partial<LiveRun>, now: Partial<LiveRun>, told: string[]]>([
  ['nothing new is nothing told', {}, {}, []],
  ['a state', {}, { view: { ...running, state: 'stopping' } }, ['state stopping -']],
  ['a trouble', {}, { troubles: [deadline] }, ['attention running deadline']],
  ['a trouble that lasts is told once', { troubles: [deadline] }, { troubles: [deadline] }, []],
  [
    'a trouble that is a state is one line',
    {},
    { view: { ...running, state: 'quiet' }, troubles: [quiet] },
    ['attention quiet quiet'],
  ],
  ['that it is over', { view: { ...running, state: 'quiet' }, troubles: [quiet] }, {}, ['state running -']],
  ['another limit', {}, { view: { ...running, limitMs: null } }, ['extended running -']],
  [
    'all at once',
    {},
    { view: { ...running, state: 'quiet', limitMs: 1 }, troubles: [deadline, quiet] },
    ['extended quiet -', 'attention quiet deadline', 'attention quiet quiet'],
  ],
])('%s', (_, before, now, told) => {
  const changes = changesBetween({ ...calm, ...before }, { ...calm, ...now });
  expect(changes.map(({ change, run }) => `${change} ${run.state} ${run.attention ?? '-'}`)).toEqual(told);
});

test('a run is told first as it stands, with its worst trouble', () => {
  expect(firstChange({ ...calm, troubles: [deadline, quiet] }, false)).toMatchObject({ change: 'live', run: deadline });
  expect(firstChange(calm, true)).toEqual({ change: 'started', run: running });
});
