import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { animal, QUICK, type Stage, test } from './stage.ts';

function service(stage: Stage, name: string, more: object = {}): object {
  const ready = [`file:${join(stage.folder, name)}`];
  return { command: [animal('listens.mjs'), join(stage.folder, name)], ready, ...QUICK, ...more };
}

function configure(stage: Stage, steps: Readonly<Record<string, object>>): void {
  writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify({ steps }));
}

describe('pm up', () => {
  test('starts all services after those that they need, and pm down ends them; both are idempotent', async ({
    stage,
  }) => {
    configure(stage, {
      web: service(stage, 'web', { needs: ['db'] }),
      db: service(stage, 'db'),
      worker: { command: [animal('rests.sh')], service: true, ...QUICK },
      test: { command: ['false'], needs: ['web'] },
    });
    const first = await stage.ask('up', {});
    expect(first.runs.map(({ step, state, ready }) => [step, state, ready])).toEqual([
      ['db', 'running', true],
      ['web', 'running', true],
      ['worker', 'running', undefined],
    ]);
    expect(first.next).toEqual([{ operation: 'down', input: { dir: stage.dir }, why: 'stop all of them' }]);
    const again = await stage.ask('up', {});
    expect(again.runs.map(({ id }) => id)).toEqual(first.runs.map(({ id }) => id));
    const { runs } = await stage.ask('down', {});
    expect(runs).toHaveLength(3);
    expect(runs.findIndex(({ step }) => step === 'web')).toBeLessThan(runs.findIndex(({ step }) => step === 'db'));
    await stage.untilGone();
  });

  test('a service that fails is shown with its last lines, what needs it is left out, and the others are there', async ({
    stage,
  }) => {
    configure(stage, {
      db: { command: [animal('exits.sh'), '3'], ready: ['file:never'], ...QUICK },
      web: service(stage, 'web', { needs: ['db'] }),
      docs: service(stage, 'docs'),
    });
    const { runs, notes } = await stage.ask('up', {});
    expect(runs.map(({ step, state, ready }) => [step, state, ready])).toEqual([
      ['db', 'ended', false],
      ['docs', 'running', true],
    ]);
    expect(notes).toContain('web was not started, because db, which it needs, is not ready');
  });

  test('services that a run had started for its needs stay after pm up', async ({ stage }) => {
    configure(stage, {
      web: service(stage, 'web'),
      e2e: { command: [animal('waits-for.sh'), 'go'], needs: ['web'], ...QUICK },
    });
    await stage.ask('start', { step: 'e2e' });
    await stage.ask('up', {});
    stage.cue('go');
    await stage.ask('wait', { steps: ['e2e'] });
    expect((await stage.askOne('status', { step: 'web' })).state).toBe('running');
  });

  test('five at once start each service once', async ({ stage }) => {
    configure(stage, { db: service(stage, 'db'), web: service(stage, 'web', { needs: ['db'] }) });
    const answers = await Promise.all(Array.from({ length: 5 }, () => stage.ask('up', {})));
    const ids = answers.map(({ runs }) => runs.map(({ id }) => id).join(' '));
    expect(new Set(ids).size).toBe(1);
  });

  test('without services it says what one is', async ({ stage }) => {
    configure(stage, { test: { command: ['true'] } });
    const next = expect.stringContaining('"service": true');
    await expect(stage.ask('up', {})).rejects.toMatchObject({ code: 'usage', next });
  });

  test('without a pm.config.json it says that there is none, and how to get one', async ({ stage }) => {
    await expect(stage.ask('up', {})).rejects.toMatchObject({
      code: 'usage',
      message: `There is no ${join(stage.folder, 'pm.config.json')}, which would say what the services are.`,
      next: expect.stringMatching(/\(pm init writes an example\)\. .* pm ensure web --ready tcp:3000 -- npm run dev$/),
    });
    expect(existsSync(stage.dir)).toBe(false);
  });
});
