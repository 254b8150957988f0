import { until } from '@pm/testing';
import { afterEach, expect, vi } from 'vitest';
import { overview } from '../src/index.ts';
import { applyOverview, NOTHING_SEEN } from '../src/overview/overview-state.ts';
import { animal, QUICK, test } from './stage.ts';

const NIGHT_MS = 8 * 3_600_000;

afterEach(() => {
  vi.useRealTimers();
});

// The wall clock goes on while the machine sleeps, and the monotonic one does not.
test('after a sleep of the machine the overview tells how long a run has been awake', async ({ stage }) => {
  const policy = { ...QUICK, liveness: 'output', stale: '5s', timeout: '2h', quietAfter: '24h' } as const;
  await stage.ask('start', { step: 'work', command: [animal('prints-now-and-then.sh')], ...policy });
  const leaving = new AbortController();
  const watch = await overview();
  let state = NOTHING_SEEN;
  const watching = (async () => {
    const options = { env: stage.env, cwd: stage.folder, dirs: [stage.dir], by: 'test', signal: leaving.signal };
    for await (const event of watch(options)) state = applyOverview(state, event);
  })();
  const seen = () => [...state.runs.values()][0];
  await until(() => seen() !== undefined);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + NIGHT_MS, shouldAdvanceTime: true });
  const wokenAt = Date.now();
  await until(() => (seen()?.at ?? 0) >= wokenAt, 'it is told again');
  expect(seen()?.run).toMatchObject({ state: 'running' });
  expect(seen()?.run.elapsedMs).toBeLessThan(NIGHT_MS / 8);
  leaving.abort();
  await watching;
  stage.cue('go');
});
