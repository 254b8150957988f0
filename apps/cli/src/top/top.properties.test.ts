import type { OverviewRun } from '@pm/operations';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Style } from '../text/style.ts';
import { widthOf } from '../text/width.ts';
import { frame } from './draw/frame.ts';
import { NO_LINES } from './state/log-lines.ts';
import { onEvent, type TopEvent } from './state/on-event.ts';
import { onKey } from './state/on-key.ts';
import { firstState, type TopState } from './state/state.ts';

const STYLE: Style = { person: true, columns: 80, colour: true, invocation: 'pm', clock: () => '14:32' };

/** What a job, a step or a directory may be called, and what a job may print: colours, orders to the terminal, wide and joined letters. */
const piece = fc.constantFrom(
  'train',
  ' ',
  '日本語',
  'u\u0308',
  '\u001b[31m',
  '\u001b[2J',
  '\u001b]0;title\u0007',
  '\u001b[?1049l',
  '\u001b',
  '\u009b2J',
  '\r',
  '\n',
  '\t',
  '\u0008',
  '\u202e',
  '✅',
  '👩‍👩‍👧',
  '[',
  ';',
  '38;5;1m',
  '\u0000',
  '\u001b[38;2;1;2;3m',
  '\u001b[K',
  '\u001b[8m',
  '·',
);
const hostile = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));

const run: fc.Arbitrary<OverviewRun> = fc.record(
  {
    id: fc.constantFrom('r1', 'r2', 'r3', 'r4'),
    dir: fc.constantFrom('/srv/a/.pm', '/srv/b/.pm', '/srv/日本/.pm'),
    step: hostile.map((name) => `s${name}`),
    back: fc.nat(3),
    state: fc.constantFrom('queued', 'running', 'quiet', 'suspended', 'stopping', 'ended', 'malformed'),
    outcome: fc.constantFrom('success', 'failed', 'timeout', 'hung', 'cancelled', 'lost'),
    attention: fc.constantFrom('quiet', 'deadline', 'disk-full'),
    evidence: hostile,
    command: fc.array(hostile, { maxLength: 3 }),
    progress: hostile,
    startedAt: fc.nat(2_000_000_000_000),
    endedAt: fc.nat(2_000_000_000_000),
    elapsedMs: fc.nat(1_000_000_000),
    limitMs: fc.option(fc.nat(1_000_000_000)),
    quietMs: fc.nat(1_000_000),
    remainingMs: fc.nat(1_000_000_000),
    usualMs: fc.nat(1_000_000_000),
    exitCode: fc.nat(255),
    tail: hostile,
    logFile: hostile,
    usage: fc.record({ cpuMs: fc.nat(1e9), memoryBytes: fc.nat(1e12), processes: fc.nat(99) }),
  },
  { requiredKeys: ['id', 'dir', 'step', 'state', 'evidence', 'startedAt', 'elapsedMs'] },
);

const at = fc.nat(2_000_000_000_000);
const key = fc.constantFrom('r1', 'r2', 'r3');
const event: fc.Arbitrary<TopEvent> = fc.oneof(
  fc.record({ type: fc.constant('tick' as const), at }),
  fc.record({
    type: fc.constant('resize' as const),
    size: fc.record({ columns: fc.integer({ min: 20, max: 200 }), rows: fc.integer({ min: 5, max: 60 }) }),
  }),
  fc.record({
    type: fc.constant('all' as const),
    at,
    runs: fc.array(run, { maxLength: 4 }),
    total: fc.nat(9),
    queues: fc.constant([]),
    breakers: fc.constant([]),
  }),
  fc.record({ type: fc.constant('change' as const), at, runs: fc.array(run, { maxLength: 2 }) }),
  fc.record({ type: fc.constant('gone' as const), at, ids: fc.array(key, { maxLength: 2 }) }),
  fc.record({
    type: fc.constant('usage' as const),
    at,
    usage: fc.dictionary(key, fc.tuple(fc.nat(1e9), fc.nat(1e12), fc.nat(9))),
  }),
  fc.record({
    type: fc.constant('facts' as const),
    facts: fc.record({ key, view: run, next: fc.constant([]), history: fc.array(run, { maxLength: 5 }) }),
  }),
  key.map(
    (one): TopEvent => ({
      type: 'log',
      log: {
        key: one,
        lines: { ...NO_LINES, openAt: { from: 99 } },
        about: undefined,
        top: undefined,
        left: 0,
        search: '',
      },
    }),
  ),
  fc.record({ type: fc.constant('log text' as const), key, text: hostile, from: fc.nat(99), to: fc.nat(999) }),
  fc.record({ type: fc.constant('log earlier' as const), key, text: hostile, from: fc.nat(98), to: fc.constant(99) }),
  fc.record({ type: fc.constant('note' as const), text: hostile, tone: fc.constant('bad' as const) }),
);
const KEYS = [
  'up',
  'down',
  'pageup',
  'pagedown',
  'home',
  'end',
  'enter',
  'escape',
  'tab',
  'backspace',
  'left',
  'right',
  'space',
  'ctrl-u',
  'ctrl-w',
  'ctrl-l',
  'ctrl-z',
];
const press = fc.oneof(
  fc.constantFrom(...KEYS).map((name) => ({ name, read: 1 })),
  fc.constantFrom(...'jkgGqladwesornNf/?+ym1h'.split('')).map((name) => ({ name, text: name, read: 2 })),
  hostile.map((text) => ({ name: text, text, read: 3 })),
);
const step = fc.oneof(
  event.map((happens) => ({ happens })),
  press.map((pressed) => ({ pressed })),
);

// biome-ignore lint/suspicious/noControlCharactersInRegex: what pm writes
const COLOUR = /\u001b\[[0-9;]*m/g;

test('whatever happens and is pressed, no row is wider than the screen, and only colours reach the terminal', () => {
  const size = fc.record({ columns: fc.integer({ min: 20, max: 200 }), rows: fc.integer({ min: 5, max: 60 }) });
  fc.assert(
    fc.property(size, fc.array(step, { maxLength: 25 }), fc.boolean(), (first, steps, colour) => {
      let state: TopState = firstState(first, 0);
      for (const one of steps) {
        state = 'happens' in one ? onEvent(state, one.happens) : onKey(state, one.pressed).state;
        const { lines, cursor } = frame(state, { ...STYLE, colour, columns: state.size.columns });
        expect(lines).toHaveLength(state.size.rows);
        for (const line of lines) {
          const shown = line.replace(COLOUR, '');
          // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
          expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
          expect(widthOf(shown)).toBeLessThanOrEqual(state.size.columns);
          if (!colour) expect(shown).toBe(line);
        }
        expect(cursor.row).toBeLessThan(state.size.rows);
        expect(cursor.column).toBeLessThan(state.size.columns);
      }
    }),
    { numRuns: 120 },
  );
});

test('no order of keys stops or extends a run without a question that was on the screen before', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let state: TopState = firstState({ columns: 80, rows: 24 }, 0);
      for (const one of steps) {
        const before = state;
        if ('happens' in one) {
          state = onEvent(state, one.happens);
          continue;
        }
        const answer = onKey(state, one.pressed);
        state = answer.state;
        if (answer.effect?.type === 'stop')
          expect(before.prompt).toMatchObject({ kind: 'stop', key: answer.effect.key });
        if (answer.effect?.type === 'extend')
          expect(before.prompt).toMatchObject({ kind: 'extend', key: answer.effect.key });
      }
    }),
  );
});
