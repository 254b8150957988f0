import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CallJournal, openCall } from '../src/hosted/call-journal.ts';

let state: string;
beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), 'pm-journal-'));
});
afterAll(() => rmSync(state, { recursive: true, force: true }));

const MIB = 1_048_576;

/** All that a caller gets who comes back with this much; `cut` if something after that was not kept. */
function restOf(journal: CallJournal, from: number): [bytes: number, end: 'cut' | 'whole'] {
  for (let at = from; ; ) {
    const piece = journal.read('out', at);
    if (piece === undefined) return [at - from, 'cut'];
    if (piece.length === 0) return [at - from, 'whole'];
    at += piece.length;
  }
}

test('an output that is too large has no hole: what comes after is not kept, and the caller is told', async () => {
  const journal = await openCall('a'.repeat(32), { XDG_STATE_HOME: state });
  journal.append('out', Buffer.alloc(63 * MIB, 'x'));
  expect(restOf(journal, 62 * MIB)).toEqual([MIB, 'whole']);
  journal.append('out', Buffer.alloc(2 * MIB, 'y'));
  journal.append('out', 'z');
  expect(restOf(journal, 62 * MIB)).toEqual([MIB, 'cut']);
  expect(restOf(journal, 63 * MIB)).toEqual([0, 'cut']);
  expect(restOf(journal, 65 * MIB)).toEqual([0, 'cut']);
  expect(journal.read('err', 0)?.length).toBe(0);
});
