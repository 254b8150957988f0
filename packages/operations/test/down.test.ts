import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listenersOn } from '@pm/process';
import { until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { animal, QUICK, type Stage, test } from './stage.ts';

/** The port that a server has written. */
async function portIn(stage: Stage, name: string): Promise<number> {
  const file = join(stage.folder, name);
  await until(() => existsSync(file), `${name} listens`);
  return Number(readFileSync(file, 'utf8'));
}

async function serve(stage: Stage, step: string): Promise<number> {
  await stage.ask('start', { step, command: [animal('listens.mjs'), join(stage.folder, step)], ...QUICK });
  return portIn(stage, step);
}

function configure(stage: Stage, steps: Readonly<Record<string, object>>): void {
  writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify({ steps }));
}

describe('pm down', () => {
  test('stops what runs and what waits, and shows that the port is free; the second call finds nothing', async ({
    stage,
  }) => {
    const port = await serve(stage, 'web');
    await stage.ask('start', { step: 'job', command: [animal('rests.sh')], queue: 'heavy', ...QUICK });
    await stage.ask('start', { step: 'later', command: [animal('rests.sh')], queue: 'heavy', ...QUICK });
    const answer = await stage.ask('down', {});
    expect(answer.runs.map(({ step, outcome }) => `${step} ${outcome}`).sort()).toEqual([
      'job cancelled',
      'later cancelled',
      'web cancelled',
    ]);
    expect(answer.runs.find(({ step }) => step === 'web')?.ports).toEqual([{ port }]);
    expect(answer.runs.flatMap(({ survivors = [] }) => survivors)).toEqual([]);
    expect(listenersOn(port)).toEqual([]);
    await stage.untilGone();
    expect(await stage.ask('down', {})).toEqual({ runs: [], next: [] });
  });

  test('what waits never begins when that which it waits for is stopped', async ({ stage }) => {
    await stage.ask('start', { step: 'first', command: [animal('rests.sh')], ...QUICK });
    const never = { step: 'second', command: ['touch', join(stage.folder, 'began')], after: ['first:any'] };
    await stage.ask('start', { ...never, ...QUICK });
    const { runs } = await stage.ask('down', {});
    expect(runs.map(({ step, outcome }) => [step, outcome])).toEqual([
      ['second', 'cancelled'],
      ['first', 'cancelled'],
    ]);
    expect(stage.hasCue('began')).toBe(false);
  });

  test('who needs another one ends before it', async ({ stage }) => {
    configure(stage, {
      db: { command: [animal('rests.sh')], service: true },
      web: { command: [animal('rests.sh')], service: true, needs: ['db'] },
      e2e: { command: [animal('rests.sh')], needs: ['web'] },
    });
    for (const step of ['db', 'web', 'e2e'])
      await stage.ask('start', { step, command: [animal('rests.sh')], ...QUICK });
    const { runs } = await stage.ask('down', {});
    expect(runs.map(({ step }) => step)).toEqual(['e2e', 'web', 'db']);
    const [e2e, web, db] = runs.map(({ startedAt, endedAt = 0 }) => ({ startedAt, endedAt }));
    expect(e2e?.endedAt).toBeLessThanOrEqual(web?.endedAt ?? 0);
    expect(web?.endedAt).toBeLessThanOrEqual(db?.endedAt ?? 0);
  });

  test('one that ignores TERM is killed, and its process that left the session too', async ({ stage }) => {
    await stage.ask('start', { step: 'deaf', command: [animal('ignores-term.sh')], ...QUICK });
    await stage.ask('start', { step: 'away', command: [animal('setsid-child.sh')], ...QUICK });
    const { runs } = await stage.ask('down', {});
    expect(runs.map(({ state, survivors = [] }) => [state, survivors])).toEqual([
      ['ended', []],
      ['ended', []],
    ]);
    await stage.untilGone();
  });

  test('two at once both end without an error, and nothing is left', async ({ stage }) => {
    const ports = await Promise.all(['a', 'b', 'c'].map((step) => serve(stage, step)));
    const answers = await Promise.all([stage.ask('down', {}), stage.ask('down', {}), stage.ask('down', {})]);
    for (const { runs, malformed } of answers) {
      expect(runs.filter(({ state }) => state !== 'ended')).toEqual([]);
      expect(malformed).toBeUndefined();
    }
    expect(ports.flatMap((port) => listenersOn(port))).toEqual([]);
  });

  test('the run from inside of which it is called goes on, and what that run has started ends', async ({ stage }) => {
    const { id: outer = '' } = await stage.askOne('start', { step: 'ci', command: [animal('rests.sh')], ...QUICK });
    const env = { ...stage.env, PM_RUN_ID: outer };
    await stage.ask('start', { step: 'web', command: [animal('rests.sh')], ...QUICK }, { env });
    const { runs, notes } = await stage.ask('down', {}, { env });
    expect(runs.map(({ step }) => step)).toEqual(['web']);
    expect(notes).toEqual(['ci goes on, because this call was made from inside it']);
    expect((await stage.askOne('status', { step: 'ci' })).state).toBe('running');
  });

  test('a configuration that cannot be read keeps nothing running', async ({ stage }) => {
    await serve(stage, 'web');
    writeFileSync(join(stage.folder, 'pm.config.json'), '{ "steps": ');
    const { runs } = await stage.ask('down', {});
    expect(runs.map(({ step, state }) => [step, state])).toEqual([['web', 'ended']]);
    rmSync(join(stage.folder, 'pm.config.json'));
  });

  test('a record that cannot be read is told of, and the others are stopped', async ({ stage }) => {
    await stage.ask('start', { step: 'web', command: [animal('rests.sh')], ...QUICK });
    await stage.ask('start', { step: 'broken', command: ['true'], ...QUICK });
    await stage.ask('wait', { steps: ['broken'] });
    await stage.ask('start', { step: 'later', command: [animal('rests.sh')], queue: 'heavy', after: ['web:any'] });
    writeFileSync(join(stage.dir, 'queued', 'later'), '{ garbage');
    const { runs, malformed } = await stage.ask('down', {});
    expect(runs.map(({ step, state }) => [step, state])).toEqual([['web', 'ended']]);
    expect(malformed).toEqual([expect.stringContaining('later waits for its turn, but its record is malformed')]);
    rmSync(join(stage.dir, 'queued', 'later'));
  });

  test('in a directory that does not exist there is nothing to stop', async ({ stage }) => {
    expect(await stage.ask('down', { dir: join(stage.folder, 'nowhere') })).toEqual({ runs: [], next: [] });
    expect(existsSync(join(stage.folder, 'nowhere'))).toBe(false);
  });

  test('a server that failed before is still told, and the answer says how to see it', async ({ stage }) => {
    const script = 'sleep 300 & echo "Error: gone"; exit 3';
    await stage.ask('start', { step: 'web', command: ['sh', '-c', script], wait: true, ...QUICK });
    const answered = { answered: (work: () => void) => work() };
    const next = [{ operation: 'recover', input: { dir: stage.dir }, why: 'see why web ended before' }];
    const first = await stage.ask('down', {}, answered);
    expect(first.runs).toMatchObject([{ step: 'web', outcome: 'failed', exitCode: 3 }]);
    expect(first.runs[0]).not.toHaveProperty('survivors');
    expect(first.next).toEqual(next);
    expect(await stage.ask('down', {}, answered)).toEqual({ runs: [], next });
    expect((await stage.ask('recover', {}, answered)).runs).toMatchObject([{ step: 'web', tail: 'Error: gone' }]);
    expect(await stage.ask('down', {}, answered)).toEqual({ runs: [], next: [] });
  });
});
