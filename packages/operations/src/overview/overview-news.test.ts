import { expect, test } from 'vitest';
import type { OverviewEvent, OverviewRun } from './overview-event.ts';
import { overviewNews } from './overview-news.ts';
import { applyOverview, NOTHING_SEEN, wholeOverview } from './overview-state.ts';

const NEVER = new AbortController().signal;
let at = 0;

/** A run of a step; each is younger than those before. */
function run(step: string, id: string, fields: Partial<OverviewRun> = {}): OverviewRun {
  at += 1;
  return { step, id, dir: '/p/.pm', state: 'running', evidence: 'alive', startedAt: at, elapsedMs: 0, ...fields };
}

function ended(one: OverviewRun): OverviewRun {
  return { ...one, state: 'ended', outcome: 'success', endedAt: one.startedAt + 1 };
}

/** What a reader knows who has taken all events. */
function known(events: readonly OverviewEvent[]): string[] {
  return [...events.reduce(applyOverview, NOTHING_SEEN).runs.values()].map(
    ({ run: { id, state } }) => `${id} ${state}`,
  );
}

test('a run that looks the same is no news, and one that went on is told once with its newest look', async () => {
  let now = 0;
  const news = overviewNews(10, () => now);
  const one = run('a', 'a1');
  news.put([one]);
  expect(known([news.whole(0)])).toEqual(['a1 running']);
  now += 3_600_000;
  news.put([{ ...one, elapsedMs: 3_590_000, logBytes: 7, quietMs: 3 }]);
  expect(news.take()).toEqual([]);
  news.put([{ ...one, progress: '1/2' }]);
  news.put([{ ...one, progress: '2/2' }]);
  await news.wait(NEVER);
  expect(news.take()).toMatchObject([{ type: 'change', runs: [{ id: 'a1', progress: '2/2' }] }]);
});

test.each([
  ['the machine slept', 8 * 3_600_000],
  ['the clock was put back', -3_600_000],
])('when %s, the elapsed time of a run is told again, once', (_, jumpMs) => {
  let now = 1_000_000_000;
  const news = overviewNews(10, () => now);
  const one = run('a', 'a1', { limitMs: 7_200_000 });
  news.put([one]);
  const events = [news.whole(0)];
  now += jumpMs;
  for (let elapsedMs = 15_000; elapsedMs <= 300_000; elapsedMs += 15_000) {
    now += 15_000;
    news.put([{ ...one, elapsedMs }]);
    events.push(...news.take());
  }
  expect(events.map(({ type }) => type)).toEqual(['all', 'change']);
  const seen = events.reduce(applyOverview, NOTHING_SEEN);
  expect(wholeOverview(seen, now).runs).toMatchObject([{ elapsedMs: 300_000 }]);
});

test('a run that no clock counts is told again at most twice a minute', () => {
  let now = 0;
  const news = overviewNews(10, () => now);
  const one = run('a', 'a1');
  news.put([one]);
  news.whole(0);
  let changes = 0;
  for (; now < 600_000; now += 1_000) {
    news.put([{ ...one, elapsedMs: now % 2_000 === 0 ? 0 : 3_600_000 }]);
    changes += news.take().length;
  }
  expect(changes).toBeLessThanOrEqual(20);
});

test('of each step the newest run is left; what waits takes the place of none', () => {
  const news = overviewNews(10);
  const first = run('a', 'a1');
  news.put([ended(first)]);
  const all = [news.whole(0)];
  const second = run('a', 'a2', { state: 'queued' });
  news.put([second]);
  all.push(...news.take());
  expect(known(all)).toEqual(['a1 ended', 'a2 queued']);
  news.put([{ ...second, state: 'running' }]);
  all.push(...news.take());
  expect(known(all)).toEqual(['a2 running']);
  news.put([ended(first)]); // an old one that is seen late
  all.push(...news.take());
  expect(known(all)).toEqual(['a2 running']);
  news.put([run('a', 'a2', { dir: '/copy/.pm', evidence: 'a copy of its records' })]);
  expect(news.take()).toEqual([]);
});

test('only so many ended runs are kept, the youngest; live ones all', () => {
  const news = overviewNews(2);
  const runs = ['a', 'b', 'c', 'd'].map((step) => run(step, `${step}1`));
  news.put(runs);
  const all = [news.whole(0)];
  for (const one of runs) news.put([ended(one)]);
  all.push(...news.take());
  expect(known(all).sort()).toEqual(['c1 ended', 'd1 ended']);
  news.drop(['c1', 'never there']);
  all.push(...news.take());
  expect(known(all)).toEqual(['d1 ended']);
});

test('what is too many to show is counted, and nothing else', () => {
  const news = overviewNews(2);
  news.put(['a', 'b', 'c'].map((step, n) => ended(run(step, `${step}1`, { startedAt: n }))));
  news.put([run('live', 'live1'), ended(run('live', 'live0', { startedAt: -1 }))]);
  expect(news.whole(5)).toMatchObject({ total: 3 + 1 + 5 });
});

test('a slow reader gets one event of each kind, however much has happened', () => {
  const news = overviewNews(10_000);
  news.whole(0);
  for (let n = 0; n < 1_000; n++) {
    news.put([run('s', `s${n}`, { progress: String(n) })]);
    news.use({ [`s${n}`]: [n, n, 1] }, n);
    news.standing({ type: 'breakers', at: n, breakers: [] });
  }
  const events = news.take();
  expect(events.map(({ type }) => type).sort()).toEqual(['change', 'usage']);
  expect(news.take()).toEqual([]);
});

test('a wait ends at once if there is something new, at the next news, and when the reader leaves', async () => {
  const news = overviewNews(10);
  news.put([run('a', 'a1')]);
  await news.wait(NEVER);
  news.take();
  const leaving = new AbortController();
  const waiting = news.wait(leaving.signal);
  leaving.abort();
  await waiting;
  const next = news.wait(NEVER);
  news.put([run('b', 'b1')]);
  await next;
  expect(news.take()).toMatchObject([{ type: 'change', runs: [{ id: 'b1' }] }]);
});

test('whoever joins later is brought to the same state', () => {
  const [one, two] = [run('a', 'a1'), run('b', 'b1')];
  const events: OverviewEvent[] = [
    { type: 'all', at, runs: [one], total: 5, queues: [], breakers: [] },
    { type: 'change', at, runs: [ended(one), two] },
    { type: 'queues', at, queues: [{ name: 'q', folder: '/q', slots: 1, running: [], waiting: [], total: 0 }] },
    { type: 'gone', at, ids: ['a1'] },
  ];
  const state = events.reduce(applyOverview, NOTHING_SEEN);
  expect(state.total).toBe(5);
  expect(applyOverview(NOTHING_SEEN, wholeOverview(state, at))).toEqual(state);
  // What was told long ago has gone on since.
  const { runs } = wholeOverview(state, at + 5_000);
  expect(runs).toEqual([expect.objectContaining({ id: 'b1', elapsedMs: 5_000 })]);
});
