import { isAlive } from '@pm/process';
import { LONG, until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import { animal, QUICK, test } from './stage.ts';

vi.setConfig({ maxConcurrency: 4 });

/** What a job may put something else in the place of. */
const RECORDS = [
  'status',
  'truncated',
  'heartbeat',
  'deadline',
  'ending',
  'outcome',
  'exit',
  'log',
  'pid',
  'attempt',
  'remark',
  'reserve',
];
const KINDS = ['a FIFO', 'a directory', 'a link to itself', 'a link to nowhere', 'a link to a device', 'a gigabyte'];

describe.concurrent('a job that replaces a record of its own run', () => {
  for (const [i, record] of RECORDS.entries()) {
    for (const [k, kind] of KINDS.entries()) {
      if (!LONG && (i + k) % 3 !== 0) continue;
      test(`${record} by ${kind}: the wrapper ends, the run has failed, the next one starts`, async ({ stage }) => {
        await stage.ask('start', { step: 'work', command: [animal('replaces.sh'), record, kind, '3'], ...QUICK });
        const wrapper = stage.recorded('wrapper');
        const { outcome, exitCode } = await stage.askOne('wait', { steps: ['work'] });
        expect({ outcome, exitCode }).toEqual({ outcome: 'failed', exitCode: 3 });
        await until(() => !isAlive(wrapper));
        await stage.ask('start', { step: 'work', command: [animal('exits.sh'), '0'], ...QUICK });
        expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'success' });
      });
    }
  }

  test.for(['status', 'ending', 'outcome', 'heartbeat', 'deadline'])(
    'and exits 0 has failed, with the name of the record: %s',
    async (record, { stage }) => {
      await stage.ask('start', { step: 'work', command: [animal('replaces.sh'), record, 'a FIFO', '0'], ...QUICK });
      const run = await stage.askOne('wait', { steps: ['work'] });
      expect(run).toMatchObject({ outcome: 'failed', reason: 'records-replaced', exitCode: 0 });
      expect(run.evidence).toContain(`"${record}"`);
    },
  );

  for (const name of ['status', 'result', 'pid', 'heartbeat', 'log']) {
    for (const kind of KINDS.slice(0, 4)) {
      test(`the flat ${name} by ${kind}: the true exit is told, the next one starts`, async ({ stage }) => {
        const command = [animal('replaces.sh'), `../../work.${name}`, kind, '3'];
        await stage.ask('start', { step: 'work', command, ...QUICK });
        const wrapper = stage.recorded('wrapper');
        await until(() => !isAlive(wrapper));
        expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'failed', exitCode: 3 });
        await stage.ask('start', { step: 'work', command: [animal('exits.sh'), '0'], ...QUICK });
        expect(await stage.askOne('wait', { steps: ['work'] })).toMatchObject({ outcome: 'success' });
      });
    }
  }
});
