import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify, thisPidScope } from '@pm/process';
import { encodeJson } from '@pm/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { conductHere, readConducted } from '../src/queue/conductor.ts';

let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pm-conductor-'));
  mkdirSync(join(dir, 'batches', 'sweep'), { recursive: true });
  file = join(dir, 'batches', 'sweep', 'conductor');
});
afterEach(() => rmSync(dir, { recursive: true }));

const WHAT = { batch: 'id-of-the-batch', folder: '/queues/sweep' };

test('a process conducts from its beginning to its end', () => {
  const conductor = conductHere(dir, 'sweep', WHAT);
  expect(readConducted(dir)).toEqual({ batches: new Set([WHAT.batch]), folders: new Set([WHAT.folder]) });
  conductor.end();
  expect(readConducted(dir)).toEqual({ batches: new Set(), folders: new Set() });
});

test.each([
  ['silent for six seconds', -6],
  ['dated in the future', 60],
])('one that is %s does not count: it may be stuck', (_, seconds) => {
  conductHere(dir, 'sweep', WHAT);
  const then = Date.now() / 1000 + seconds;
  utimesSync(file, then, then);
  expect(readConducted(dir).batches.size).toBe(0);
});

const self = { v: 1, ...identify(process.pid), ...thisPidScope(), ...WHAT };

test.each([
  ['nothing', ''],
  ['no record', 'garbage'],
  ['a process that is gone', encodeJson({ ...self, startTime: '1' })],
  ['a process of another boot', encodeJson({ ...self, bootId: 'another' })],
  ['a process of another pid namespace', encodeJson({ ...self, pidNamespace: 'another' })],
  ['no batch', encodeJson({ ...self, batch: undefined })],
])('a file that names %s does not count', (_, text) => {
  writeFileSync(file, text);
  expect(readConducted(dir).batches.size).toBe(0);
});
