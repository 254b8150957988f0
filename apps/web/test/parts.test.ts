import type { OverviewEvent } from '@pm/operations';
import { describe, expect, test } from 'vitest';
import { type Looks, looksOf } from '../page/log/colours.ts';
import { linesOf } from '../page/log/lines.ts';
import { visibleText } from '../page/log/visible.ts';
import { lineAt, windowOf, withAfter, withBefore } from '../page/log/window.ts';
import { durationSentence } from '../page/run/duration-sentence.ts';
import { serverClock } from '../page/state/server-clock.ts';
import { EMPTY_WORLD, newsIn, worldAfter } from '../page/state/world.ts';
import { lanesOf, placeIn, stateOf, ticksOf, withStates } from '../page/timeline/lanes.ts';

const textOf = (line: { pieces: readonly { text: string }[] } | undefined) =>
  line?.pieces.map(({ text }) => text).join('');

describe('a line of a log', () => {
  const looks = (text: string) =>
    linesOf({ from: 0, to: text.length, text }).lines.map(({ pieces: [piece] }) => looksOf(piece?.style ?? {}));

  test('a colour lasts over lines, until it is taken back', () => {
    const lines = looks('\x1b[31mone\ntwo\n\x1b[mthree\n');
    expect(lines.map(({ classes }) => classes)).toEqual([['fg-red'], ['fg-red'], []]);
  });

  test.for<[sequence: string, looks: Partial<Looks>]>([
    ['1;4;91', { classes: ['bold', 'underline', 'fg-red'] }],
    ['22', { classes: [] }],
    ['7', { classes: ['reverse'] }],
    ['7;31;42', { classes: ['fg-green', 'bg-red'] }],
    ['38;5;9', { classes: ['fg-red'], colour: undefined }],
    ['38;2;1;2;3', { classes: ['fg-mixed'], colour: '#010203' }],
    ['48;5;196', { classes: ['bg-mixed'], ground: '#ff0000' }],
    ['38;5;232', { colour: '#080808' }],
    ['38;5;67', { colour: '#5f87af' }],
  ])('%s', ([sequence, expected]) => {
    expect(looks(`\x1b[${sequence}mx`)[0]).toMatchObject(expected);
  });

  test('marks that change the direction of text are named', () => {
    expect(visibleText('user\u202Eexe.txt')).toBe('userU+202Eexe.txt');
    expect(visibleText('a\tb\u0000')).toBe('a\tbU+0000');
  });

  test('of a very long one the rest is counted', () => {
    const { lines } = linesOf({ from: 0, to: 10_001, text: `${'x'.repeat(10_000)}\n` });
    expect([textOf(lines[0])?.length, lines[0]?.cut]).toEqual([4_000, 6_000]);
  });
});

describe('the part of a log that is loaded', () => {
  test('a line that arrives in pieces is one line', () => {
    const first = windowOf({ from: 0, to: 7, text: 'one\ntwo' });
    const { window } = withAfter(first, { from: 7, to: 14, text: ' three\n' }, undefined);
    expect(window.lines.map(textOf)).toEqual(['one', 'two three']);
  });

  test('pieces that do not fit are not joined', () => {
    const first = windowOf({ from: 0, to: 4, text: 'one\n' });
    expect(withAfter(first, { from: 9, to: 13, text: 'two\n' }, undefined).window.lines.map(textOf)).toEqual(['one']);
  });

  test('a piece follows also if bytes before it were taken for the rest of a character', () => {
    const first = windowOf({ from: 0, to: 5, text: 'one\n\ufffd' });
    const { window } = withAfter(first, { from: 6, to: 11, text: ' two\n' }, undefined);
    expect([window.to, ...window.lines.map(textOf)]).toEqual([11, 'one', '\ufffd two']);
    expect(withAfter(first, { from: 9, to: 14, text: ' two\n' }, undefined).window.to).toBe(5);
  });

  test('what was not kept is a line of its own', () => {
    const gap = { from: 4, to: 100 };
    const last = windowOf({ from: 100, to: 104, text: 'end\n' });
    const { window, added } = withBefore(last, { from: 0, to: 4, text: 'one\n' }, gap);
    expect(window.lines.map(({ missing }) => missing)).toEqual([undefined, 96, undefined]);
    expect([added, lineAt(window, 100)]).toEqual([2, 2]);
  });

  test('it stays small however much is read', () => {
    let window = windowOf({ from: 0, to: 0, text: '' });
    let removed = 0;
    for (let from = 0; from < 20_000_000; from += 131_072) {
      const read = withAfter(
        window,
        { from, to: from + 131_072, text: `${'x'.repeat(127)}\n`.repeat(1_024) },
        undefined,
      );
      window = read.window;
      removed += read.removed;
    }
    expect(window.to - window.from).toBeLessThan(2_000_000);
    expect(removed + window.lines.length).toBe(window.to / 128);
  });
});

describe('a run compared with earlier ones', () => {
  const success = (elapsedMs: number) => ({ outcome: 'success', elapsedMs });
  test.for([
    [
      31 * 60_000,
      true,
      [success(11 * 60_000), success(13 * 60_000)],
      'It took 12m on average over 2 successes, now 31m.',
    ],
    [60_000, false, [success(60_000)], 'It took 1m on average over 1 success, this time 1m.'],
    [undefined, false, [success(60_000)], 'It took 1m on average over 1 success.'],
    [5_000, true, [], 'There is no earlier run of this step; now 5s.'],
    [5_000, false, [{ outcome: 'failed', elapsedMs: 1 }], 'No earlier run of this step has succeeded; this time 5s.'],
  ] as const)('%s ms, live: %s, %j', ([elapsedMs, isLive, earlier, sentence]) => {
    expect(durationSentence(elapsedMs, isLive, earlier)).toBe(sentence);
  });
});

test('the world follows the events, and says what is news', () => {
  let world = EMPTY_WORLD;
  const apply = (event: OverviewEvent): string[] => {
    const news = newsIn(event, world);
    world = worldAfter(world, event);
    return news;
  };
  const run = {
    step: 'train',
    id: 'a',
    dir: '/p/.pm',
    state: 'running',
    evidence: '',
    startedAt: 0,
    elapsedMs: 0,
  } as const;
  const all = { type: 'all', at: 0, runs: [run], total: 1, queues: [], breakers: [] } as const;
  expect(apply(all)).toEqual([]); // what is there already is no news
  apply({ type: 'usage', at: 1, usage: { a: [5, 6, 7], unknown: [1, 1, 1] } });
  expect([...world.samples.keys()]).toEqual(['a']);
  const ended = { ...run, state: 'ended', outcome: 'failed', exitCode: 7 } as const;
  expect(apply({ type: 'change', at: 2, runs: [ended] })).toEqual(['train ended: failed exit 7.']);
  apply({ type: 'gone', at: 3, ids: ['a'] });
  expect([world.runs.size, world.samples.size, world.total]).toEqual([0, 0, 0]);
});

describe('the timeline', () => {
  const run = (step: string, startedAt: number, endedAt?: number) => ({
    dir: '/p/.pm',
    step,
    id: `${step}${startedAt}`,
    startedAt,
    endedAt,
  });
  test('has a lane for each step, live ones first', () => {
    const lanes = lanesOf([run('old', 0, 10), run('new', 5, 20), run('old', 12, 15), run('live', 1)], '');
    expect(lanes.map(({ step, runs }) => [step, runs.length])).toEqual([
      ['live', 1],
      ['new', 1],
      ['old', 2],
    ]);
  });

  test('tells of live runs what the list knows, also to the filter', () => {
    const ended = { ...run('old', 0, 10), outcome: 'failed' } as const;
    const view = { step: 'live', id: 'live1', dir: '/p/.pm', state: 'quiet', evidence: '', startedAt: 1 } as const;
    const listed = new Map([['live1', { at: 5, run: { ...view, elapsedMs: 4 } }]]);
    const runs = withStates([ended, run('live', 1), run('other', 2)], listed);
    expect(runs.map(stateOf)).toEqual(['ended', 'quiet', 'running']);
    expect(lanesOf(runs, 'quiet').map(({ step }) => step)).toEqual(['live']);
  });

  test('places runs within the time that is shown', () => {
    expect(placeIn({ from: 100, to: 200 }, run('a', 50, 150), 200)).toEqual({ left: 0, width: 0.5 });
    expect(placeIn({ from: 100, to: 200 }, run('a', 150), 200)).toEqual({ left: 0.5, width: 0.5 });
    expect(placeIn({ from: 100, to: 200 }, run('a', 10, 20), 200)).toBeUndefined();
  });

  test('has round times on its axis, in local time', () => {
    const hour = 3_600_000;
    expect(ticksOf({ from: 0.5 * hour, to: 3.2 * hour }, 4, 0)).toEqual([1, 2, 3].map((n) => n * hour));
    expect(ticksOf({ from: 0, to: 2 * hour }, 2, -30)).toEqual([0.5, 1.5].map((n) => n * hour));
  });
});

describe('the clock of the server', () => {
  test('is that of the browser, however long an event was under way', () => {
    let here = 1_000_000;
    const clock = serverClock(() => here);
    for (const late of [0, 300, 4_000]) {
      clock.heard(here - late);
      expect(clock.now()).toBe(here);
      here += 1_000;
    }
  });

  test('is another one through ssh -L, and follows when one of them is set', () => {
    let here = 1_000_000;
    const clock = serverClock(() => here);
    clock.heard(here - 3_600_000);
    expect(clock.now()).toBe(here - 3_600_000);
    clock.heard(here - 3_600_500);
    expect(clock.now()).toBe(here - 3_600_000);
    here -= 3_600_000; // the clock of the browser is set back
    clock.heard(here);
    expect(clock.now()).toBe(here);
  });
});
