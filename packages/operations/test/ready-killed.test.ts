import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { findResident } from '@pm/monitor';
import { isAlive, signalIfSame } from '@pm/process';
import { LONG, until } from '@pm/testing';
import { expect } from 'vitest';
import type { Answer, Context } from '../src/index.ts';
import { kill, PROGRAM, pm, residentCall, saidBy, useBuilt } from './built.ts';
import { freePort, serves } from './servers.ts';
import { test as base, type Stage } from './stage.ts';

useBuilt();

/** So many processes ensure one service at the same time. */
const CALLERS = LONG ? 50 : 8;

/** A stage whose residents are told to leave at the end. */
const test = base.extend<{ stage: Stage }>({
  stage: async ({ stage }, use) => {
    await use(stage);
    await until(() => {
      const resident = findResident(stage.dir);
      return resident === undefined || !signalIfSame(resident.identity, 'SIGTERM');
    }, 'the resident leaves');
  },
});

test('many processes that ensure a service at once start one, and all tell it', async ({ stage }) => {
  const port = await freePort();
  const args = ['ensure', 'web', '--json', '--ready', `tcp:${port}`, '--', ...serves('127.0.0.1', port)];
  const said = await Promise.all(Array.from({ length: CALLERS }, () => saidBy(pm(stage, args, { stdio: 'pipe' }))));
  expect(said.map(({ status }) => status)).toEqual(Array(CALLERS).fill(0));
  const answers = said.map(({ out }) => JSON.parse(out) as Answer);
  expect(new Set(answers.map(({ runs }) => runs[0]?.id)).size).toBe(1);
  expect(answers.every(({ runs }) => runs[0]?.ready === true)).toBe(true);
  expect(readdirSync(`${stage.dir}/runs`)).toHaveLength(1);
});

test('the waiter and the resident are killed before it is ready: the next call answers right', async ({ stage }) => {
  const port = await freePort();
  const call = ['ensure', 'web', '--ready', `tcp:${port}`, '--', ...serves('127.0.0.1', port, 'late')];
  const waiter = pm(stage, call);
  await until(() => existsSync(`${stage.dir}/web.pid`), 'it runs');
  await kill(waiter);
  await stage.ask('status', { step: 'web' }, world(stage));
  const resident = await residentOf(stage);
  signalIfSame(resident, 'SIGKILL');
  await until(() => !isAlive(resident), 'the resident is dead');
  stage.cue('bind');
  await until(() => readFileSync(stage.files().log, 'utf8').includes('listening'), 'it has bound');
  expect((await stage.ask('status', { step: 'web' })).runs).toMatchObject([{ ready: true }]);
  expect(await stage.ask('ensure', { step: 'web' })).toMatchObject({ alreadyRunning: true, runs: [{ ready: true }] });
});

test('while nobody waits, the resident sees that a run is ready', async ({ stage }) => {
  const port = await freePort();
  const command = serves('127.0.0.1', port, 'late');
  await stage.ask('start', { step: 'web', command, ready: [`tcp:${port}`] }, world(stage));
  await until(() => existsSync(stage.files().unready), 'the resident has asked');
  stage.cue('bind');
  await until(() => existsSync(stage.files().ready), 'the resident has seen that it is ready');
  expect((await stage.ask('ls', {})).runs).toMatchObject([
    { ready: true, readyEvidence: `127.0.0.1:${port} accepts connections` },
  ]);
});

/** A caller that starts residents. */
function world({ env }: Stage): Partial<Context> {
  const own = { ...env, PM_RESIDENT: undefined };
  return { env: own, resident: residentCall(), program: PROGRAM, answered: (work) => work() };
}

async function residentOf(stage: Stage) {
  await until(() => findResident(stage.dir) !== undefined, 'there is a resident');
  const resident = findResident(stage.dir);
  if (resident === undefined) throw new Error('no resident');
  return resident.identity;
}
