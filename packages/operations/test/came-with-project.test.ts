import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signalIfSame } from '@pm/process';
import { directoryPaths, ResidentRecord } from '@pm/protocol';
import { openWork } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { describe, expect } from 'vitest';
import type { Context } from '../src/index.ts';
import { openQueue } from '../src/queue/open-queue.ts';
import { residentCall, useBuilt } from './built.ts';
import { animal, test as base, QUICK, type Stage, textOf } from './stage.ts';

// A repository or an archive may bring a directory of runs with it, whose unfinished work would start commands.

useBuilt();

const test = base.extend<{ stage: Stage }>({
  stage: async ({ stage }, use) => {
    await use(stage);
    const monitors = () =>
      stage.alive().filter(({ pid }) => /\/(resident\.cjs|wrapper\.sh)\0/.test(textOf(`/proc/${pid}/cmdline`)));
    await until(() => monitors().every((one) => !signalIfSame(one, 'SIGTERM')), 'nobody monitors');
  },
});

describe('unfinished work that came with a project', () => {
  test('is left alone by every call that looks, and says so', async ({ stage }) => {
    await arrive(stage);
    for (const name of ['ls', 'recover'] as const) {
      const { notes } = await stage.ask(name, {}, withResident(stage));
      expect(notes).toContainEqual(expect.stringMatching(/has unfinished work, but you have started nothing there/));
    }
    const { notes, runs } = await stage.ask('wait', { steps: ['next'], budget: '1s' }, withResident(stage));
    expect(notes).toContainEqual(expect.stringMatching(/It is left alone until you start a run there/));
    expect(runs).toMatchObject([{ step: 'next', state: 'queued' }]);
    await until(() => residentsOf(stage).some(({ left }) => left === true), 'a resident has looked and left');
    expect(readdirSync(stage.folder)).toEqual(expect.not.arrayContaining(['told', 'begun']));
    expect(openWork(stage.dir)).not.toEqual([]);
  });

  test('goes on when its user starts something there, also under a resident that was there before', async ({
    stage,
  }) => {
    await arrive(stage);
    await stage.ask('ls', {}, withResident(stage));
    await until(() => residentsOf(stage).length > 0, 'a resident is there');
    await stage.ask('start', { step: 'mine', command: ['true'], ...QUICK }, withResident(stage));
    await until(() => ['told', 'begun'].every((name) => existsSync(join(stage.folder, name))), 'its work is done');
    expect((await stage.ask('ls', {}, withResident(stage))).notes).toBeUndefined();
  });
});

/** Makes a directory with a command to be told and a run in line, as it looks after a clone by somebody else. */
async function arrive(stage: Stage): Promise<void> {
  const tell = { kind: 'command', argv: ['touch', join(stage.folder, 'told')] };
  const config = { targets: { ops: tell }, queues: { line: { scope: 'project' } } };
  writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify(config));
  const work = { step: 'work', command: [animal('exits.sh'), '3'], ...QUICK };
  await stage.ask('start', { ...work, wait: true, notify: ['ops'] });
  await stage.ask('queue', { action: 'pause', name: 'line' });
  const next = { step: 'next', command: ['touch', join(stage.folder, 'begun')], queue: 'line', ...QUICK };
  await stage.ask('start', next);
  await openQueue(join(stage.dir, 'queues/line'), stage.dir).configure({ paused: false });
  rmSync(String(stage.env['XDG_STATE_HOME']), { recursive: true });
  writeFileSync(directoryPaths(stage.dir).started, 'v1 11111111-2222-3333-4444-555555555555\n');
}

function withResident(stage: Stage): Partial<Context> {
  return { resident: residentCall(), env: { ...stage.env, PM_RESIDENT: 'on' }, answered: (act) => act() };
}

function residentsOf(stage: Stage): ResidentRecord[] {
  const { residents } = directoryPaths(stage.dir);
  if (!existsSync(residents)) return [];
  return readdirSync(residents)
    .flatMap((scope) => readdirSync(join(residents, scope)).map((n) => textOf(join(residents, scope, n))))
    .flatMap((text) => (text === '' ? [] : [ResidentRecord.parse(JSON.parse(text))]));
}
