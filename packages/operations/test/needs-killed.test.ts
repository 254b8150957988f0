import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findResident } from '@pm/monitor';
import { isAlive, signalIfSame } from '@pm/process';
import { presentIn, readClaim } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { expect } from 'vitest';
import { kill, pm, saidBy, useBuilt } from './built.ts';
import { animal, test as base, QUICK, type Stage } from './stage.ts';

useBuilt();

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

function configure(stage: Stage, steps: Readonly<Record<string, object>>): void {
  writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify({ steps }));
}

/** A service that is ready at once. */
function service(stage: Stage, name: string): object {
  const ready = [`file:${join(stage.folder, name)}`];
  return { command: [animal('listens.mjs'), join(stage.folder, name)], ready, ...QUICK };
}

const WITH_RESIDENT = { PM_RESIDENT: '' };

function hasEnded(stage: Stage, step: string): boolean {
  const id = presentIn(readClaim(stage.dir, step)?.run ?? { kind: 'absent' })?.id;
  return id !== undefined && existsSync(join(stage.dir, 'ended', id));
}

test('the pm that started a service for a run is killed before the run begins: the resident stops the service', async ({
  stage,
}) => {
  configure(stage, {
    fast: service(stage, 'fast'),
    slow: { command: [animal('rests.sh')], ready: [`file:${join(stage.folder, 'never')}`], ...QUICK },
    e2e: { command: ['touch', join(stage.folder, 'began')], needs: ['fast', 'slow'], ...QUICK },
  });
  const starter = pm(stage, ['run', 'e2e'], { env: WITH_RESIDENT });
  await until(() => existsSync(join(stage.folder, 'fast')) && existsSync(`${stage.dir}/slow.pid`), 'both were started');
  await until(() => findResident(stage.dir) !== undefined, 'there is a resident');
  await kill(starter);
  await until(() => hasEnded(stage, 'fast') && hasEnded(stage, 'slow'), 'both services have ended');
  expect(stage.hasCue('began')).toBe(false);
  expect((await stage.askOne('status', { step: 'fast' })).evidence).toContain('no run needs it any more');
});

test('pm run is killed while its run goes on: the service ends after the run', async ({ stage }) => {
  configure(stage, {
    web: service(stage, 'web'),
    e2e: { command: [animal('waits-for.sh'), 'go'], needs: ['web'], ...QUICK },
  });
  const runner = pm(stage, ['run', 'e2e'], { env: WITH_RESIDENT });
  await until(() => existsSync(`${stage.dir}/e2e.pid`), 'e2e runs');
  await until(() => findResident(stage.dir) !== undefined, 'there is a resident');
  await kill(runner);
  expect(hasEnded(stage, 'web')).toBe(false);
  stage.cue('go');
  await until(() => hasEnded(stage, 'e2e') && hasEnded(stage, 'web'), 'the run and its service have ended');
  expect((await stage.askOne('status', { step: 'e2e' })).outcome).toBe('success');
});

test('pm run and the resident are killed: the next wait stops the service', async ({ stage }) => {
  configure(stage, {
    web: service(stage, 'web'),
    e2e: { command: [animal('waits-for.sh'), 'go'], needs: ['web'], ...QUICK },
  });
  const runner = pm(stage, ['run', 'e2e'], { env: WITH_RESIDENT });
  await until(() => existsSync(`${stage.dir}/e2e.pid`), 'e2e runs');
  await until(() => findResident(stage.dir) !== undefined, 'there is a resident');
  const resident = findResident(stage.dir)?.identity;
  await kill(runner);
  if (resident !== undefined) signalIfSame(resident, 'SIGKILL');
  await until(() => resident === undefined || !isAlive(resident), 'the resident is dead');
  stage.cue('go');
  const { runs } = await stage.ask('wait', { steps: ['e2e'] });
  expect(runs).toMatchObject([{ outcome: 'success' }]);
  await until(() => hasEnded(stage, 'web'), 'web has ended');
});

test('processes that run steps with a shared need at once all succeed, again and again', async ({ stage }) => {
  const names = ['a', 'b', 'c'];
  configure(stage, {
    web: service(stage, 'web'),
    ...Object.fromEntries(
      names.map((name) => [name, { command: ['test', '-f', join(stage.folder, 'web')], needs: ['web'], ...QUICK }]),
    ),
  });
  const again = async (name: string): Promise<number[]> => {
    const statuses: number[] = [];
    for (let round = 0; round < 3; round++)
      statuses.push((await saidBy(pm(stage, ['run', name], { stdio: 'pipe' }))).status ?? -1);
    return statuses;
  };
  expect(await Promise.all(names.map(again))).toEqual(names.map(() => [0, 0, 0]));
  expect((await stage.askOne('status', { step: 'web' })).state).toBe('ended');
});
