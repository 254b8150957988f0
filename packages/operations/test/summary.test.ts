import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { signalIfSame } from '@pm/process';
import { encodeDeadline } from '@pm/protocol';
import { until } from '@pm/testing';
import { expect } from 'vitest';
import { isSurelyCalm } from '../src/summary/surely-calm.ts';
import { AGEABLE, type Stage, test } from './stage.ts';

const NAP = ['sleep', '300'];

async function lineOf(stage: Stage, input = {}) {
  return (await stage.ask('ls', { oneline: true, ...input })).summary;
}

test('a directory without runs has nothing to tell', async ({ stage }) => {
  expect(await stage.ask('ls', { oneline: true })).toEqual({
    runs: [],
    summary: { running: 0, queued: 0, attention: [], failed: [] },
    next: [],
  });
});

test('live runs are counted, and a failure until somebody has seen it', async ({ stage }) => {
  await stage.ask('start', { step: 'train', command: NAP });
  await stage.ask('start', { step: 'ok', command: ['true'] });
  await stage.ask('start', { step: 'backtest', command: ['false'] });
  await until(async () => (await lineOf(stage))?.failed.length === 1);
  expect(await lineOf(stage)).toMatchObject({ running: 1, failed: [{ step: 'backtest', outcome: 'failed' }] });
  expect(await lineOf(stage), 'it tells nobody').toMatchObject({ failed: [{ step: 'backtest' }] });
  await stage.ask('recover', {}, { answered: (work) => work() });
  expect(await lineOf(stage)).toMatchObject({ running: 1, failed: [] });
});

test('a failure of a step that has a newer run is not told', async ({ stage }) => {
  await stage.ask('start', { step: 'test', command: ['false'] });
  await until(async () => (await lineOf(stage))?.failed.length === 1);
  await stage.ask('start', { step: 'test', command: NAP });
  expect(await lineOf(stage)).toMatchObject({ running: 1, failed: [] });
});

test('an ending that no process of Node has recorded is told all the same', async ({ stage }) => {
  await stage.ask('start', { step: 'test', command: ['false'] });
  await until(() => existsSync(stage.files().ended));
  rmSync(stage.files().outcome, { force: true });
  expect(await lineOf(stage)).toMatchObject({ running: 0, failed: [{ step: 'test', outcome: 'failed' }] });
});

test('a run whose wrapper and command were killed is not running any more, and its end is on record', async ({
  stage,
}) => {
  await stage.ask('start', { step: 'train', command: NAP });
  const [wrapper, command] = [stage.recorded('wrapper'), stage.recorded('command')];
  signalIfSame(wrapper, 'SIGKILL');
  signalIfSame(command, 'SIGKILL');
  await until(async () => (await lineOf(stage))?.running === 0);
  expect(await lineOf(stage)).toMatchObject({ running: 0, failed: [{ step: 'train' }] });
  expect(existsSync(stage.files().outcome)).toBe(true);
});

test('a run that has lost only its wrapper goes on', async ({ stage }) => {
  await stage.ask('start', { step: 'train', command: NAP });
  signalIfSame(stage.recorded('wrapper'), 'SIGKILL');
  await until(() => !isSurelyCalm(stage.dir, JSON.parse(readFileSync(stage.files().run, 'utf8'))));
  expect(await lineOf(stage)).toMatchObject({ running: 1, failed: [] });
});

test('a suspended run wants a decision', async ({ stage }) => {
  await stage.ask('start', { step: 'train', command: NAP });
  signalIfSame(stage.recorded('command'), 'SIGSTOP');
  await until(async () => (await lineOf(stage))?.attention.length === 1);
  expect(await lineOf(stage)).toMatchObject({ running: 0, attention: [{ step: 'train', attention: 'suspended' }] });
});

test('so does one that is near its limit', async ({ stage }) => {
  await stage.ask('start', { step: 'train', command: NAP, ...AGEABLE, timeout: '30m' });
  expect(await lineOf(stage)).toMatchObject({ running: 1, attention: [] });
  stage.age(25 * 60_000);
  expect(await lineOf(stage)).toMatchObject({ running: 0, attention: [{ step: 'train', attention: 'deadline' }] });
  writeFileSync(stage.files().deadline, encodeDeadline(24 * 3_600_000));
  expect(await lineOf(stage)).toMatchObject({ running: 1, attention: [] });
});

test('a silent run is judged, one that has written lately is not', async ({ stage }) => {
  await stage.ask('start', { step: 'train', command: NAP, ...AGEABLE, timeout: 'none', quietAfter: '5m' });
  const record = () => JSON.parse(readFileSync(stage.files().run, 'utf8'));
  expect(isSurelyCalm(stage.dir, record())).toBe(true);
  stage.age(25 * 60_000);
  const long = new Date(Date.now() - 20 * 60_000);
  utimesSync(stage.files().log, long, long);
  expect(isSurelyCalm(stage.dir, record())).toBe(false);
  const now = new Date();
  utimesSync(stage.files().log, now, now);
  expect(isSurelyCalm(stage.dir, record())).toBe(true);
});

test('it takes no filter that it would have to ignore', async ({ stage }) => {
  for (const input of [{ step: 'train' }, { failed: true }, { since: '1d' }, { limit: 5 }])
    await expect(lineOf(stage, input)).rejects.toThrow(/takes no step/);
});
