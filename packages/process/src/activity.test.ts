import { expect, test } from 'vitest';
import { type ActivitySample, activityBetween, type Usage } from './activity.ts';

const still: Usage = { cpuMs: 5000, ioBytes: 90_000 };

test.each<[string, Record<string, Partial<Usage>>, Record<string, Partial<Usage>>, boolean]>([
  ['nothing changed', { a: {} }, { a: {} }, false],
  ['one per cent of a core', { a: {} }, { a: { cpuMs: 5010 } }, true],
  ['less than one per cent of a core', { a: {} }, { a: { cpuMs: 5009 } }, false],
  ['a page of I/O', { a: {} }, { a: { ioBytes: 94_096 } }, true],
  ['a byte less than a page of I/O', { a: {} }, { a: { ioBytes: 94_095 } }, false],
  ['a page of I/O among two processes', { a: {}, b: {} }, { a: { ioBytes: 92_048 }, b: { ioBytes: 92_048 } }, true],
  ['a member that ended', { a: {}, b: {} }, { a: {} }, false],
  ['a member that ended while another worked', { a: {}, b: {} }, { a: { cpuMs: 5500 } }, true],
  ['a member that is new counts with all it used', { a: {} }, { a: {}, b: { cpuMs: 40 } }, true],
  ['a member that is new and did nothing', { a: {} }, { a: {}, b: { cpuMs: 0, ioBytes: 0 } }, false],
])('%s', (_, before, after, active) => {
  const activity = activityBetween(sample(before), sample(after), 1000);
  expect(activity.active).toBe(active);
  expect(Math.min(activity.cpuShare, activity.ioBytes)).toBeGreaterThanOrEqual(0);
});

test('the share is of one core, and two busy cores are two', () => {
  const busy = activityBetween(sample({ a: {}, b: {} }), sample({ a: { cpuMs: 6000 }, b: { cpuMs: 6000 } }), 1000);
  expect(busy.cpuShare).toBe(2);
});

test('a window of no length shows no share', () => {
  expect(activityBetween(sample({ a: {} }), sample({ a: { cpuMs: 6000 } }), 0)).toMatchObject({
    cpuShare: 0,
    active: false,
  });
});

function sample(usages: Record<string, Partial<Usage>>): ActivitySample {
  const perProcess = new Map(Object.entries(usages).map(([key, patch]) => [key, { ...still, ...patch }]));
  return { ...still, perProcess };
}
